import { Agent } from 'node:https';
import { createRequire } from 'node:module';
import { proxiesOf } from './proxy-env.ts';

type Options = Readonly<Record<string, unknown>> | undefined;
type Socket = new (url: string, protocols?: readonly string[], options?: Options) => object;

/**
 * discord.js's gateway takes its sockets from `ws`, which follows no proxy, and asks for none. So `ws` as that library
 * sees it gives out sockets that follow the proxy of the environment. To be called before the library is loaded, which
 * looks once. Without a proxy in the environment nothing changes.
 */
export function sendGatewaySocketsThroughProxy(env: Readonly<Record<string, string | undefined>>): void {
  const proxyEnv = proxyOf(env);
  if (proxyEnv === null) return;
  const library = createRequire(createRequire(import.meta.url).resolve('discord.js'));
  const ws = createRequire(library.resolve('@discordjs/ws'))('ws') as { WebSocket: Socket };
  const Direct = ws.WebSocket;
  if (proxied.has(Direct)) return;
  const agent = new Agent({ proxyEnv });
  class Proxied extends Direct {
    constructor(url: string, protocols?: readonly string[], options?: Options) {
      // `ws` would connect by itself; without a way of its own it uses the agent's.
      super(url, protocols, { ...options, agent, createConnection: undefined });
    }
  }
  proxied.add(Proxied);
  ws.WebSocket = Proxied;
}

const proxied = new WeakSet<Socket>();

function proxyOf(env: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv | null {
  const { httpsProxy, noProxy } = proxiesOf(env);
  return httpsProxy === '' ? null : { HTTPS_PROXY: httpsProxy, NO_PROXY: noProxy };
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CertificateAuthority } from './ca.ts';
import { send } from './http-kit.ts';
import { startProxy } from './proxy.ts';
import type { BuiltRelease, Fault, Host, Scenario, View } from './types.ts';

export interface ViewOptions {
  ca: CertificateAuthority;
  hosts: Map<string, Host>;
  scenario: Scenario;
  release: BuiltRelease;
  proposalId: bigint;
}

export async function createView({ ca, hosts, scenario, release, proposalId }: ViewOptions): Promise<View> {
  const requests: View['requests'] = [];
  const unknownHosts: string[] = [];
  const note = (host: string, request: IncomingMessage, status: number): View['requests'][number] => {
    const record = { method: request.method ?? '', url: `https://${host}${request.url ?? ''}`, status };
    requests.push(record);
    return record;
  };
  const serve = (host: string, request: IncomingMessage, response: ServerResponse): void => {
    const record = note(host, request, 0);
    response.on('close', () => {
      record.status = response.headersSent ? response.statusCode : 0;
    });
    void handle(hosts.get(host)!, request, response, view);
  };
  const proxy = await startProxy(ca, {
    knows: (host) => hosts.has(host),
    refused: (target) => unknownHosts.push(target),
    request: serve,
    upgrade: (host, request, socket, head) => {
      const { upgrade } = hosts.get(host)!;
      note(host, request, upgrade === undefined ? 0 : 101);
      if (upgrade === undefined) socket.destroy();
      else upgrade(request, socket, head, view);
    },
  });
  const view: View = {
    scenario,
    release,
    proposalId,
    proxyUrl: proxy.url,
    requests,
    unknownHosts,
    take: faultCounter(scenario.faults ?? []),
    close: proxy.close,
  };
  return view;
}

async function handle(host: Host, request: IncomingMessage, response: ServerResponse, view: View): Promise<void> {
  try {
    await host.handle(request, response, view);
  } catch (error) {
    // A bug of a service must be seen as such by the test that meets it, not as silence.
    if (response.headersSent) response.destroy();
    else send(response, 500, `loopback service failed: ${error instanceof Error ? error.stack : String(error)}\n`);
  }
}

/** Gives each fault as often as its `times` says, without it always; and not before `after` requests. */
export function faultCounter(faults: Fault[]): View['take'] {
  const used = new Map<Fault, number>();
  return <A extends Fault['at']>(at: A, matches: (fault: Extract<Fault, { at: A }>) => boolean) => {
    for (const fault of faults) {
      if (!isAt(fault, at) || !matches(fault)) continue;
      const after = ('after' in fault ? fault.after : undefined) ?? 0;
      const times = 'times' in fault ? fault.times : undefined;
      const count = used.get(fault) ?? 0;
      if (times !== undefined && count >= after + times) continue;
      used.set(fault, count + 1);
      if (count < after) continue;
      return fault;
    }
    return undefined;
  };
}

function isAt<A extends Fault['at']>(fault: Fault, at: A): fault is Extract<Fault, { at: A }> {
  return fault.at === at;
}

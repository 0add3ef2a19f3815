const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const LITERAL = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/;
/** A name without a dot is one of this network: a service of a compose file, a machine. Nobody elsewhere has one. */
const LOCAL_NAME = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/**
 * Which Host headers are answered. A page of elsewhere can give its own name our address (DNS rebinding) and read us
 * through a visitor's browser; it cannot choose what its name is called here. `publicUrl`: where a proxy shows us.
 */
export function hostRule(listen: string, publicUrl: string | null): (header: string | undefined) => boolean {
  const ours = [listen, ...(publicUrl === null ? [] : [new URL(publicUrl).hostname])].map((name) => name.toLowerCase());
  const inward = LOOPBACK.test(bracketed(listen.toLowerCase()));
  return (header) => {
    const name = /^(\[[0-9a-f:.]+\]|[^:/?#@\s]+)(?::\d{1,5})?$/.exec(header?.toLowerCase() ?? '')?.[1];
    if (name === undefined) return false;
    if (LOOPBACK.test(name) || ours.includes(name)) return true;
    return !inward && (LITERAL.test(name) || LOCAL_NAME.test(name));
  };
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

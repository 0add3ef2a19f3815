import { createHash } from 'node:crypto';
import { type Context, Hono } from 'hono';
import type { PageSource } from '../domain/status-queries.ts';
import { answersOf, type Site } from './answers.ts';
import { Budget, Places } from './budget.ts';
import { Pictures } from './pictures.ts';
import { feedRoutes } from './routes/feeds.ts';
import { machineRoutes } from './routes/machines.ts';
import { overviewRoutes } from './routes/overview.ts';
import { releaseRoutes } from './routes/releases.ts';
import { STYLE } from './style.ts';

export interface SiteOptions {
  readonly listenHost: string;
  /** Takes secrets out of whatever is answered. */
  readonly redact: (text: string) => string;
  /** Told what nobody expected; whoever asked is told nothing of it. */
  readonly failed: (error: unknown) => void;
  /** How many connections were taken so far; none where the site is asked without a socket. */
  readonly arrivals?: () => number;
  /** Another way to draw pictures than ours, for tests that see it fail. */
  readonly draw?: ConstructorParameters<typeof Pictures>[1];
}

/** @see https://www.w3.org/TR/CSP3/#external-hash */
const STYLE_HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;
/** No script, nothing of another host, in no frame. Forms only ask us. */
const POLICY = `default-src 'none'; style-src ${STYLE_HASH}; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;
const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Permissions-Policy': 'interest-cohort=()',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};
/** They are asked by machines that act on the answer: nobody else's connections and requests keep it from them. */
export const ALWAYS: readonly string[] = ['/healthz', '/readyz', '/metrics'];
/** So few pages are made at once: whoever looks after the service waits behind no more than these. */
const PAGES_AT_ONCE = 2;
/** Answered whatever they cost: “later” would be taken for “unhealthy”. */
const FREE: readonly string[] = ['/healthz', '/readyz'];
const LONGEST_PATH = 300;

/** What answers requests: it can read, and nothing else. */
export function statusSite(source: PageSource, { listenHost, redact, failed, arrivals, draw }: SiteOptions): Hono {
  const app = new Hono();
  const answers = answersOf(source, redact);
  const pictures = new Pictures(failed, draw);
  const site: Site = { source, answers, pictures, counts: { answers: new Map(), seconds: 0 } };
  measure(app, site, new Places(PAGES_AT_ONCE, arrivals));
  guard(app, site, listenHost);
  app.onError((error, context) => {
    failed(error);
    return answers.text(context, 'This could not be shown; the log of the service says why.\n', 500);
  });
  app.notFound((context) => answers.notKnown(context));
  for (const add of [machineRoutes, feedRoutes, overviewRoutes, releaseRoutes]) add(app, site);
  return app;
}

function guard(app: Hono, { source, answers }: Site, listenHost: string): void {
  const isOurs = hostRule(listenHost, source.publicUrl);
  app.use(async (context, next) => {
    for (const [name, value] of Object.entries(HEADERS)) context.header(name, value);
    if (!isOurs(context.req.header('Host'))) {
      return answers.text(
        context,
        'This host name is not known here (STATUS_PUBLIC_URL names the one that is).\n',
        421,
      );
    }
    if (context.req.method !== 'GET' && context.req.method !== 'HEAD') {
      context.header('Allow', 'GET, HEAD');
      return answers.text(context, 'There is only something to read here.\n', 405);
    }
    if (context.req.url.length > LONGEST_PATH + 300) return answers.text(context, 'This address is too long.\n', 414);
    return next();
  });
}

/** Whether the connection is closed that asked; there is none where the site is asked without a socket. */
function hasLeft({ env }: Context): () => boolean {
  const { incoming } = (env ?? {}) as { readonly incoming?: { readonly socket: { readonly destroyed: boolean } } };
  return () => incoming?.socket.destroyed === true;
}

/** Counts the answers, and says “later” to more of them than the service has time for. */
function measure(app: Hono, { answers, counts }: Site, places: Places): void {
  // What the machines that look after the service ask costs nothing of what readers may, and the other way round.
  const budgets = { page: new Budget(() => performance.now()), machines: new Budget(() => performance.now()) };
  const later = (context: Context): void => {
    context.header('Retry-After', '5');
    context.res = answers.text(context, 'Too much is asked of this page; come back in some seconds.\n', 503);
  };
  const answered = async (context: Context, next: () => Promise<void>, budget: Budget): Promise<void> => {
    const began = performance.now();
    if (!FREE.includes(context.req.path) && budget.isSpent) later(context);
    else await next();
    const took = performance.now() - began;
    budget.spend(took);
    counts.seconds += took / 1000;
  };
  app.use(async (context, next) => {
    if (ALWAYS.includes(context.req.path)) await answered(context, next, budgets.machines);
    else if (!(await places.within(() => answered(context, next, budgets.page), hasLeft(context)))) later(context);
    const { status } = context.res;
    counts.answers.set(status, (counts.answers.get(status) ?? 0) + 1);
  });
}

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

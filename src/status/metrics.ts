import { Counter, Gauge, Registry } from 'prom-client';
import type { Status } from '../domain/overview.ts';
import type { Totals } from '../domain/status-queries.ts';
import { channelsOf } from '../domain/health.ts';

/** What the page counts of itself. */
export interface PageCounts {
  readonly answers: ReadonlyMap<number, number>;
  readonly seconds: number;
}

export interface Measured {
  readonly status: Status;
  readonly totals: Totals;
  readonly page: PageCounts;
}

const PREFIX = 'nns_watch_';

/**
 * Numbers of one moment in the text format of Prometheus; docs/metrics.md names them all. Labels are words of ours
 * (loops, channels, kinds, outcomes), so that their number is bounded.
 */
export async function metricsText(measured: Measured): Promise<{ readonly text: string; readonly type: string }> {
  const registry = new Registry();
  const registers = [registry];
  const gauge: Make<Gauge> = (name, help, labelNames = []) =>
    new Gauge({ name: `${PREFIX}${name}`, help, labelNames: [...labelNames], registers });
  const counter: Make<Counter> = (name, help, labelNames = []) =>
    new Counter({ name: `${PREFIX}${name}`, help, labelNames: [...labelNames], registers });
  service(measured, gauge);
  loops(measured.status, gauge);
  work(measured, gauge, counter);
  channels(measured.status, gauge);
  elections(measured.status, gauge);
  page(measured.page, counter);
  const memory = { name: 'process_resident_memory_bytes', help: 'Memory of the service’s main process.', registers };
  new Gauge(memory).set(process.memoryUsage.rss());
  return { text: await registry.metrics(), type: registry.contentType };
}

type Make<Metric> = (name: string, help: string, labels?: readonly string[]) => Metric;

function service({ status }: Measured, gauge: Make<Gauge>): void {
  const network = status.network === 'mainnet' ? 'mainnet' : 'NOT MAINNET';
  gauge('build_info', 'The running version; always 1.', ['version', 'network']).set(
    { version: status.toolVersion, network },
    1,
  );
  gauge('healthy', '1 while /healthz answers 200.').set(status.health.ok ? 1 : 0);
  gauge('troubles', 'Troubles that are open now.').set(status.troubles.length);
  const { canary } = status;
  if (canary) {
    gauge('canary_timestamp_seconds', 'When the newest canary came to an end.').set(canary.atMs / 1000);
    gauge('canary_right', '1 where the newest canary was judged as expected.').set(canary.state === 'right' ? 1 : 0);
  }
  const builders = status.leases.filter((name) => name.startsWith('builder ')).length;
  gauge('builders', 'Builders that run now.').set(builders);
}

function loops({ loops: all }: Status, gauge: Make<Gauge>): void {
  const ok = gauge('loop_last_success_timestamp_seconds', 'When the last good round of a loop ended.', ['loop']);
  const failing = gauge('loop_failing', '1 while the last round of a loop failed.', ['loop']);
  for (const { loop, lastOkMs, lastFailure } of all) {
    if (lastOkMs !== null) ok.set({ loop }, lastOkMs / 1000);
    failing.set({ loop }, lastFailure !== null && lastFailure.atMs > (lastOkMs ?? 0) ? 1 : 0);
  }
}

function work({ status, totals }: Measured, gauge: Make<Gauge>, counter: Make<Counter>): void {
  const jobs = gauge('jobs', 'Unfinished jobs.', ['kind', 'state']);
  for (const { kind, waiting, held } of status.queue) {
    jobs.set({ kind, state: 'waiting' }, waiting);
    jobs.set({ kind, state: 'running' }, held);
  }
  const last = gauge('last_build_duration_seconds', 'How long the latest build took; absent before the first.');
  if (status.pastBuilds[0] === undefined) last.remove();
  else last.set(status.pastBuilds[0]);
  const verdicts = counter('verdicts_total', 'Verdicts given, revisions and those by hand included.', ['outcome']);
  for (const outcome of ['verified', 'mismatch', 'inconclusive']) {
    verdicts.inc({ outcome }, totals.verdicts.find((each) => each.outcome === outcome)?.count ?? 0);
  }
  counter('builds_total', 'Builds that came to their end, as often as a run used them.').inc(totals.builds);
}

/** Only channels that are configured now: those of the past would grow without an end. */
function channels(status: Status, gauge: Make<Gauge>): void {
  const up = gauge('channel_up', '1 while a channel can be told.', ['channel']);
  const counts = gauge('deliveries', 'Deliveries that are not done.', ['channel', 'state']);
  const sent = gauge('channel_last_sent_timestamp_seconds', 'When a channel was told last.', ['channel']);
  for (const { id: channel, ok } of channelsOf(status, status.at)) {
    up.set({ channel }, ok ? 1 : 0);
    const mail = status.deliveries.find(({ notifier }) => notifier === channel);
    counts.set({ channel, state: 'waiting' }, mail?.waiting ?? 0);
    counts.set({ channel, state: 'failing' }, mail?.failing ?? 0);
    counts.set({ channel, state: 'dead' }, mail?.dead ?? 0);
    if (mail && mail.sentAtMs !== null) sent.set({ channel }, mail.sentAtMs / 1000);
  }
}

function elections({ elections: open, at }: Status, gauge: Make<Gauge>): void {
  const verdicts = gauge('open_elections', 'Elections with votes to come, by the verdict so far.', ['outcome']);
  for (const outcome of ['verified', 'mismatch', 'inconclusive', 'none']) {
    verdicts.set({ outcome }, open.filter(({ verdict }) => (verdict?.outcome ?? 'none') === outcome).length);
  }
  const deadlines = open.flatMap(({ deadlineAt, verdict }) =>
    deadlineAt !== null && verdict === null && deadlineAt * 1000 > at ? [deadlineAt] : [],
  );
  const help = 'The next deadline of an election that has no verdict; absent where all have one.';
  const next = gauge('next_undecided_deadline_timestamp_seconds', help);
  if (deadlines.length === 0) next.remove();
  else next.set(Math.min(...deadlines));
}

function page({ answers, seconds }: PageCounts, counter: Make<Counter>): void {
  const requests = counter('page_requests_total', 'Requests that the status page answered.', ['code']);
  for (const [code, count] of answers) requests.inc({ code: String(code) }, count);
  counter('page_duration_seconds_total', 'Time that the status page took for them.').inc(seconds);
}

import { Gauge, Registry } from 'prom-client';
import type { Status } from '../domain/overview.ts';
import { channelsOf, healthOf } from './health.ts';

/** Numbers of one moment in the text format of Prometheus. Labels are names of ours: loops, channels, kinds. */
export async function metricsText(status: Status): Promise<{ readonly text: string; readonly contentType: string }> {
  const registry = new Registry();
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Gauge<Label> =>
    new Gauge({ name: `nns_watch_${name}`, help, labelNames: [...labelNames], registers: [registry] });
  const build = gauge('build_info', 'The running version; always 1.', ['version', 'network']);
  build.set({ version: status.toolVersion, network: status.network === 'mainnet' ? 'mainnet' : 'other' }, 1);
  gauge('healthy', '1 while /healthz answers 200.').set(healthOf(status).ok ? 1 : 0);
  gauge('troubles', 'Troubles that are open now.').set(status.troubles.length);
  gauge('builders', 'Builders that hold a lease.').set(status.leases.filter((name) => /^builder /.test(name)).length);
  loops(status, gauge);
  work(status, gauge);
  channels(status, gauge);
  elections(status, gauge);
  gauge('resident_memory_bytes', 'Memory of the process that serves this page.').set(process.memoryUsage().rss);
  return { text: await registry.metrics(), contentType: registry.contentType };
}

type MakeGauge = <Label extends string>(name: string, help: string, labelNames?: readonly Label[]) => Gauge<Label>;

function loops({ loops: all }: Status, gauge: MakeGauge): void {
  const ok = gauge('loop_last_success_timestamp_seconds', 'When the last good round ended.', ['loop']);
  const failing = gauge('loop_failing', '1 while the last round failed.', ['loop']);
  for (const { loop, lastOkMs, lastFailure } of all) {
    if (lastOkMs !== null) ok.set({ loop }, lastOkMs / 1000);
    failing.set({ loop }, lastFailure !== null && lastFailure.atMs > (lastOkMs ?? 0) ? 1 : 0);
  }
}

function work({ queue, pastRuns, pastBuilds }: Status, gauge: MakeGauge): void {
  const jobs = gauge('jobs', 'Unfinished jobs.', ['kind', 'state']);
  for (const { kind, waiting, held } of queue) {
    jobs.set({ kind, state: 'waiting' }, waiting);
    jobs.set({ kind, state: 'running' }, held);
  }
  const [run, build] = [pastRuns[0], pastBuilds[0]];
  if (run !== undefined) gauge('last_run_seconds', 'How long the latest run with a build took.').set(run);
  if (build !== undefined) gauge('last_build_seconds', 'How long the latest build took.').set(build);
}

/** Only channels that are configured now: those of the past would grow without an end. */
function channels(status: Status, gauge: MakeGauge): void {
  const up = gauge('channel_up', '1 while the channel can be told.', ['channel']);
  const counts = gauge('deliveries', 'Deliveries that are not done.', ['channel', 'state']);
  const sent = gauge('channel_last_sent_timestamp_seconds', 'When something was sent last.', ['channel']);
  for (const { id: channel, ok } of channelsOf(status)) {
    up.set({ channel }, ok ? 1 : 0);
    const mail = status.deliveries.find(({ notifier }) => notifier === channel);
    counts.set({ channel, state: 'waiting' }, mail?.waiting ?? 0);
    counts.set({ channel, state: 'failing' }, mail?.failing ?? 0);
    counts.set({ channel, state: 'dead' }, mail?.dead ?? 0);
    if (mail && mail.sentAtMs !== null) sent.set({ channel }, mail.sentAtMs / 1000);
  }
}

function elections({ elections: open, at }: Status, gauge: MakeGauge): void {
  const verdicts = gauge('open_elections', 'Elections with votes to come, by the verdict so far.', ['outcome']);
  for (const outcome of ['verified', 'mismatch', 'inconclusive', 'none']) {
    verdicts.set({ outcome }, open.filter(({ verdict }) => (verdict?.outcome ?? 'none') === outcome).length);
  }
  const deadlines = open.flatMap(({ deadlineAt, verdict }) =>
    deadlineAt !== null && verdict === null && deadlineAt * 1000 > at ? [deadlineAt] : [],
  );
  if (deadlines.length === 0) return;
  const next = gauge('next_undecided_deadline_timestamp_seconds', 'The next deadline of an election without verdict.');
  next.set(Math.min(...deadlines));
}

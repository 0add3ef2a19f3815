import { utc } from '../../domain/verdict-document.ts';
import type { Status } from '../../domain/overview.ts';
import type { LoopHealth } from '../../domain/service-ports.ts';
import { leftText } from '../../domain/reminders.ts';
import { canaryNote } from '../../domain/canary.ts';
import { channelsOf } from '../../domain/health.ts';
import { markup, type Html, type Part } from '../html.ts';
import { pill } from '../page-parts.ts';

/** How the parts of the service are: loops, channels, builders and queue, troubles. */
export function serviceSection(status: Status): Html {
  return markup`<h2>The service</h2><div class="grid">
${card(
  'Loops',
  status.loops.filter(({ loop }) => !loop.startsWith('deliver ')).map((loop) => loopLine(loop, status.at)),
)}
${card('Channels', channelLines(status))}
${card('Builders and queue', builderLines(status))}
${status.troubles.length > 0 && card('Trouble', incidentLines(status))}
</div>`;
}

function card(title: string, lines: readonly Part[]): Html {
  const items = lines.length === 0 ? [markup`<li><span class="dim">None</span></li>`] : lines;
  return markup`<section class="panel"><h3>${title}</h3><ul class="wells">${items}</ul></section>`;
}

function line(name: Part, state: Part): Html {
  return markup`<li><span>${name}</span><span class="dim small">${state}</span></li>`;
}

function loopLine({ loop, lastOkMs, lastFailure }: LoopHealth, at: number): Html {
  const ok = lastOkMs === null ? 'not well yet' : `well ${agoText(at - lastOkMs)}`;
  if (lastFailure === null || lastFailure.atMs <= (lastOkMs ?? 0)) return line(loop, ok);
  return line(loop, markup`${pill('bad', 'failing')} ${ok}: ${lastFailure.message}`);
}

function channelLines(status: Status): readonly Part[] {
  return channelsOf(status, status.at).map(({ id, ok }) => {
    const mail = status.deliveries.find(({ notifier }) => notifier === id);
    const sent = mail?.sentAtMs == null ? 'nothing sent yet' : `sent last ${agoText(status.at - mail.sentAtMs)}`;
    const open = [
      ...((mail?.waiting ?? 0) > 0 ? [`${mail?.waiting ?? 0} waiting`] : []),
      ...((mail?.dead ?? 0) > 0 ? [`${mail?.dead ?? 0} given up`] : []),
    ];
    return line(id, markup`${!ok && pill('bad', 'failing')} ${[sent, ...open].join(', ')}`);
  });
}

function builderLines({ leases, queue, canary, at }: Status): readonly Part[] {
  const names = leases.flatMap((name) => /^builder (.+)$/.exec(name)?.[1] ?? []);
  const builders = names.length === 0 ? pill('open', 'none') : names.join(', ');
  const work = queue.map(({ kind, held, waiting }) => line(`Queue: ${kind}`, `${held} running, ${waiting} waiting`));
  const judged = canary ? [line('Canary', canaryNote(canary, at).replace(/^Canary: /, ''))] : [];
  return [line('Builders', builders), ...work, ...judged];
}

function incidentLines({ troubles }: Status): readonly Part[] {
  return troubles.map(({ sentence, sinceMs }) => line(sentence, `since ${utc(sinceMs)}`));
}

function agoText(ms: number): string {
  return ms < 60_000 ? 'just now' : `${leftText(ms / 1000)} ago`;
}

import { createHash } from 'node:crypto';
import type { Notice } from '../../../domain/notice.ts';
import { SAMPLE_NETWORK } from '../../../domain/sample.ts';
import { inertText } from '../../escape.ts';
import { fitLines, type Message } from '../../message-parts.ts';
import { bytesOf, inertLine } from '../../message-text.ts';
import { verdictView } from '../../verdict-view.ts';

/** What a notice does to the alarm of its proposal or incident; `blink`: opened and ended, for a test. */
export type Alarm = 'open' | 'over' | 'blink' | 'none';

export function alarmOf(notice: Notice): Alarm {
  // A sample is no alarm that anybody should have to end.
  if (notice.network === SAMPLE_NETWORK) return notice.verdict === null ? 'none' : 'blink';
  switch (notice.type) {
    case 'test':
      return 'blink';
    case 'trouble':
      return notice.key.endsWith(OVER) ? 'over' : 'open';
    case 'early-finding':
      return 'open';
    case 'verdict':
      return afterVerdict(notice);
    case 'registry-differs':
      return notice.pings ? 'open' : 'over';
    case 'deployment':
      return notice.pings ? 'open' : 'none';
    case 'closed':
      return 'over';
    case 'discovered':
    case 'progress':
    case 'reminder':
    case 'cannot-finish':
    case 'decided':
    case 'outcome':
      return 'none';
  }
}

/** How the key of a notice ends that tells the end of an incident. */
const OVER = ' over';

/** Only a verdict that can be read takes an alarm back. */
function afterVerdict(notice: Notice): Alarm {
  if (notice.verdict?.verdict?.['outcome'] === 'mismatch') return 'open';
  return verdictView(notice) === null ? 'none' : 'over';
}

/** At most 255 characters: the proposal, or the incident from its beginning to its end, on this network. */
export function dedupKey({ key, type, proposal, network }: Notice): string {
  // Of its own, so that the end of the vote does not end it.
  const part = type === 'registry-differs' ? ' registry' : '';
  const about = proposal ? `proposal ${proposal.id}${part}` : key.replace(new RegExp(`${OVER}$`), '');
  const where = network === 'mainnet' ? '' : ` ${digest(network)}`;
  const whole = `nns-watch ${about}${where}`;
  return whole.length <= 255 && /^[\x20-\x7e]+$/.test(whole) ? whole : `nns-watch ${digest(whole)}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** @see https://developer.pagerduty.com/docs/events-api-v2-overview */
export type PagerEvent =
  | { readonly event_action: 'resolve'; readonly dedup_key: string }
  | {
      readonly event_action: 'trigger';
      readonly dedup_key: string;
      readonly client: string;
      readonly client_url?: string;
      readonly links: readonly { readonly href: string; readonly text: string }[];
      readonly payload: {
        /** At most 1024 characters. */
        readonly summary: string;
        readonly source: string;
        readonly severity: 'critical' | 'error' | 'info';
        readonly timestamp?: string;
        readonly component?: string;
        readonly custom_details?: Readonly<Record<string, string>>;
      };
    };

export function resolveEvent(dedup: string): PagerEvent {
  return { event_action: 'resolve', dedup_key: dedup };
}

/** The alarm with what is known, and without it where that is refused. */
export function eventForms(notice: Notice, message: Message, statusUrl: string | null): (() => PagerEvent)[] {
  return [
    () => trigger(notice, message, { statusUrl, whole: true }),
    () => trigger(notice, message, { statusUrl, whole: false }),
  ];
}

function trigger(
  notice: Notice,
  message: Message,
  { statusUrl, whole }: { readonly statusUrl: string | null; readonly whole: boolean },
): PagerEvent {
  const { title, headline } = message;
  const summary = whole ? `${inertText(title, 300)} · ${inertText(headline, 600)}` : inertText(title, 300);
  return {
    event_action: 'trigger',
    dedup_key: dedupKey(notice),
    client: 'nns-watch',
    ...(statusUrl === null ? {} : { client_url: statusUrl }),
    links: whole ? linksOf(message) : [],
    payload: {
      summary,
      source: 'nns-watch',
      severity: severityOf(notice),
      ...(whole
        ? {
            timestamp: new Date(notice.at * 1000).toISOString(),
            component: notice.proposal?.kind ?? 'nns-watch',
            custom_details: detailsOf(message),
          }
        : {}),
    },
  };
}

function severityOf({ type }: Notice): 'critical' | 'error' | 'info' {
  if (type === 'test') return 'info';
  return type === 'trouble' ? 'error' : 'critical';
}

function linksOf({ links }: Message): { href: string; text: string }[] {
  return links.map(({ link: href, label: text }) => ({ href, text }));
}

const DETAIL_BYTES = 4000;

function detailsOf({ facts, sections, footer }: Message): Record<string, string> {
  const text = (lines: Message['facts']): string => fitLines(lines, DETAIL_BYTES, bytesOf).map(inertLine).join('\n');
  const parts = sections.map(({ title, lines }) => [title, text(lines)] as const);
  return Object.fromEntries([['Proposal', text(facts)] as const, ...parts, ['By', inertText(footer, 300)] as const]);
}

import type { Command } from 'commander';
import type { MonthReport, ReportRow } from '../../operator/queries.ts';
import { WatchError } from '../../domain/errors.ts';
import { EXIT } from '../exit-codes.ts';
import { proposalLinks } from '../../domain/network.ts';
import { utc } from '../../domain/verdict-document.ts';
import { plainText } from '../../domain/text.ts';
import { leftText } from '../../domain/reminders.ts';
import { verdictText } from '../../domain/election-words.ts';

interface Flags {
  month?: string;
  csv?: boolean;
  json?: boolean;
  envFile?: string;
}

/** `report`: every election that was submitted in one month, with verdict, times and links. */
export function reportCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('report')
    .description('list every election submitted in one month, with verdict, times and links')
    .option('--month <YYYY-MM>', 'the month, in UTC (default: this one)')
    .option('--csv', 'print comma-separated values')
    .option('--json', 'print one JSON object')
    .option('--env-file <file>', 'read settings from this file (.env.example lists them)')
    .action(async (flags: Flags) => exit(await run(flags)));
}

async function run({ month, csv, json, envFile }: Flags): Promise<number> {
  if (csv && json) throw new WatchError('input', 'csv-and-json', 'Give --csv or --json, not both.');
  const { openRecords } = await import('../../operator/records.ts');
  const records = await openRecords(envFile);
  try {
    const report = await records.month(month ?? new Date(records.now()).toISOString().slice(0, 7));
    const text = csv ? reportCsv(report) : json ? `${JSON.stringify(reportJson(report))}\n` : reportText(report);
    process.stdout.write(text);
    const stream = csv || json ? process.stderr : process.stdout;
    if (!records.hasBegun) stream.write('Nothing has been recorded here yet.\n');
    return EXIT.verified;
  } finally {
    await records.close();
  }
}

/** The report of a month for people: three lines for each election. */
export function reportText({ network, month, elections }: MonthReport): string {
  const count = elections.length === 1 ? '1 election' : `${elections.length} elections`;
  const lines = [
    ...(network === 'mainnet' ? [] : [network]),
    `${month}: ${elections.length === 0 ? 'no election is known' : count}`,
    ...elections.flatMap(electionLines),
    ...(elections.length === 0 ? [] : ['', totals(elections)]),
  ];
  return `${lines.join('\n')}\n`;
}

function electionLines(row: ReportRow): string[] {
  const { id, kind, title, status, submittedAtMs, deadlineAtMs, commit } = row;
  const { dashboard, source } = proposalLinks(id, commit);
  const deadline = deadlineAtMs === null ? 'unknown' : utc(deadlineAtMs);
  return [
    '',
    `${id} · ${kind} · ${status} · ${judgedText(row)}`,
    `    “${plainText(title, 150)}”`,
    `    submitted ${utc(submittedAtMs)} · voting until ${deadline}`,
    `    ${dashboard}${source === null ? '' : ` · ${source}`}`,
  ];
}

function judgedText({ verdict, history, deadlineAtMs }: ReportRow): string {
  if (!verdict) return history ? 'over before it was watched' : 'no verdict yet';
  const judged = `${verdictText(verdict)} at ${utc(verdict.decidedAtMs)}`;
  if (deadlineAtMs === null) return judged;
  const seconds = (deadlineAtMs - verdict.decidedAtMs) / 1000;
  return `${judged}, ${seconds < 0 ? `${leftText(-seconds)} after` : `${leftText(seconds)} before`} the deadline`;
}

function totals(elections: readonly ReportRow[]): string {
  const of = (outcome: string | null): number => {
    return elections.filter(({ verdict }) => (verdict?.outcome ?? null) === outcome).length;
  };
  const words = `${of('verified')} verified · ${of('mismatch')} mismatch · ${of('inconclusive')} inconclusive`;
  return `${words} · ${of(null)} without a verdict`;
}

/** Times are UTC ISO 8601. */
export function reportJson({ network, month, elections, toolVersion }: MonthReport) {
  return {
    schema: 'nns-watch/report@1',
    network,
    month,
    elections: elections.map(electionJson),
    tool: { name: 'nns-watch', version: toolVersion },
  };
}

function electionJson({ id, kind, title, status, commit, history, verdict, ...times }: ReportRow) {
  return {
    id,
    kind,
    title,
    status,
    commit,
    submitted: utc(times.submittedAtMs),
    found: utc(times.foundAtMs),
    deadline: timeOrNull(times.deadlineAtMs),
    decided: timeOrNull(times.decidedAtMs),
    history,
    verdict: verdict && verdictJson(verdict),
    links: proposalLinks(id, commit),
  };
}

function verdictJson({ decidedAtMs, ...verdict }: NonNullable<ReportRow['verdict']>): Record<string, unknown> {
  return { ...verdict, decidedAt: utc(decidedAtMs) };
}

type Cell = string | number | boolean | null;

const COLUMNS: Readonly<Record<string, (row: ReportRow) => Cell>> = {
  id: ({ id }) => id,
  kind: ({ kind }) => kind,
  title: ({ title }) => title,
  status: ({ status }) => status,
  commit: ({ commit }) => commit,
  submitted: ({ submittedAtMs }) => utc(submittedAtMs),
  found: ({ foundAtMs }) => utc(foundAtMs),
  deadline: ({ deadlineAtMs }) => timeOrNull(deadlineAtMs),
  decided: ({ decidedAtMs }) => timeOrNull(decidedAtMs),
  history: ({ history }) => history,
  outcome: ({ verdict }) => verdict?.outcome ?? null,
  reason: ({ verdict }) => verdict?.reason ?? null,
  confirmed: ({ verdict }) => verdict?.confirmed ?? null,
  final: ({ verdict }) => verdict?.final ?? null,
  verdict_revision: ({ verdict }) => verdict?.revision ?? null,
  verdict_by: ({ verdict }) => verdict?.by ?? null,
  verdict_at: ({ verdict }) => verdict && utc(verdict.decidedAtMs),
  nns: ({ id, commit }) => proposalLinks(id, commit).nns,
  dashboard: ({ id, commit }) => proposalLinks(id, commit).dashboard,
  source: ({ id, commit }) => proposalLinks(id, commit).source,
};

/** A line for each election below a line of names; the network comes first, so that no line is taken for mainnet's. */
export function reportCsv({ network, elections }: MonthReport): string {
  const names = ['network', ...Object.keys(COLUMNS)];
  const rows = elections.map((row) => [network, ...Object.values(COLUMNS).map((column) => column(row))]);
  return [names, ...rows].map((cells) => `${cells.map(cell).join(',')}\r\n`).join('');
}

/**
 * One cell after RFC 4180. What a spreadsheet would take for a formula becomes text, by a sign that it does not show.
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
function cell(value: Cell): string {
  const text = String(value ?? '');
  const harmless = /^\s*['=+\-@\t\r＝＋－＠]/.test(text) ? `'${text}` : text;
  return /[",\r\n]|^'|^\s|\s$/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

function timeOrNull(milliseconds: number | null): string | null {
  return milliseconds === null ? null : utc(milliseconds);
}

import { asWatchError } from '../domain/errors.ts';
import { plainText } from '../domain/text.ts';
import { redactor } from '../platform/redact.ts';
import { shownSettings, type ShownSetting } from '../operator/shown-settings.ts';
import { problem, type Finding, type Group, type Probe } from './probe.ts';
import type { DoctorPorts } from './ports.ts';

/** One line of what `doctor` says. */
export interface Line extends Finding {
  readonly id: string;
  readonly group: string;
  readonly milliseconds: number;
}

export interface Examination {
  /** `mainnet`, or `NOT MAINNET: …`. */
  readonly network: string;
  /** UTC milliseconds. */
  readonly examinedAt: number;
  /** Nothing that was looked at keeps the program from working. */
  readonly healthy: boolean;
  readonly lines: readonly Line[];
  readonly settings: readonly ShownSetting[];
}

const LIMIT_MS = 10_000;

/** Looks at everything at once. Never throws: what could not be looked at is a problem. */
export async function examine(groups: readonly Group[], ports: DoctorPorts, signal: AbortSignal): Promise<Examination> {
  const hide = redactor(ports.config.secrets);
  const lines = await Promise.all(
    groups.flatMap(({ title, probes }) =>
      probes(ports, signal).map((one) => lineOf(one, title, ports.clock).then((line) => withoutSecrets(line, hide))),
    ),
  );
  return {
    network: ports.config.network,
    examinedAt: ports.clock.now(),
    // An examination of nothing has found nothing healthy.
    healthy: lines.length > 0 && lines.every(({ outcome }) => outcome !== 'problem'),
    lines,
    settings: shownSettings(ports.config),
  };
}

async function lineOf(
  { id, probe, limitMs = LIMIT_MS }: Probe,
  group: string,
  clock: DoctorPorts['clock'],
): Promise<Line> {
  const began = clock.now();
  const finding = await bounded(probe, limitMs);
  return { id, group, ...finding, milliseconds: clock.now() - began };
}

async function bounded(probe: Probe['probe'], limitMs: number): Promise<Finding> {
  const seconds = limitMs / 1000;
  const late = problem(
    `It could not be looked at within ${seconds} s.`,
    'Run doctor again; if it stays, look by hand.',
  );
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<Finding>((resolve) => {
    timer = setTimeout(() => resolve(late), limitMs);
  });
  try {
    return await Promise.race([(async () => probe())(), timeout]);
  } catch (thrown) {
    const { message } = asWatchError(thrown);
    return problem(
      `It could not be looked at: ${plainText(message, 300)}.`,
      'Run doctor again; if it stays, look by hand.',
    );
  } finally {
    clearTimeout(timer);
  }
}

/** No sentence is made of secrets; this is for the words of libraries that some quote. */
function withoutSecrets(line: Line, hide: (text: string) => string): Line {
  const { sentence, todo } = line;
  return { ...line, sentence: hide(sentence), ...(todo === undefined ? {} : { todo: hide(todo) }) };
}

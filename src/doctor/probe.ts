import type { DoctorPorts } from './ports.ts';

/** What one look found, in one sentence; `problem`: the program would not work like this. */
export interface Finding {
  readonly outcome: 'ok' | 'warning' | 'problem';
  readonly sentence: string;
  /** What to do about it. */
  readonly todo?: string;
  /** Debian packages that would help. */
  readonly packages?: readonly string[];
}

type Help = Pick<Finding, 'packages'>;

export const ok = (sentence: string): Finding => ({ outcome: 'ok', sentence });
export const warning = (sentence: string, todo: string, help: Help = {}): Finding => {
  return { outcome: 'warning', sentence, todo, ...help };
};
export const problem = (sentence: string, todo: string, help: Help = {}): Finding => {
  return { outcome: 'problem', sentence, todo, ...help };
};

/** One thing to look at. It changes nothing that stays. */
export interface Probe {
  /** Unique: tests, JSON and the documentation know it by this. */
  readonly id: string;
  /** Milliseconds that it may take; default 10 s. */
  readonly limitMs?: number;
  readonly probe: () => Promise<Finding> | Finding;
}

/** Looks that belong together: shown under one title, and free to share what they ask. */
export interface Group {
  readonly title: string;
  readonly probes: (ports: DoctorPorts, signal: AbortSignal) => readonly Probe[];
}

/** Decimal gigabytes with one digit, as the settings count them. */
export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

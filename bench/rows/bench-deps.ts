import type { Settings } from '../settings.ts';
import type { Tool } from '../tools.ts';

/** What every group of rows works with. */
export interface BenchDeps {
  readonly settings: Settings;
  /** This program, and what it is compared with where that is there. */
  readonly tools: readonly Tool[];
  /** Told while the measurements go on. */
  readonly say: (line: string) => void;
}

/** One group of rows as a piece of Markdown, and the numbers behind it. */
export interface Measured {
  readonly title: string;
  readonly text: string;
  readonly raw: unknown;
}

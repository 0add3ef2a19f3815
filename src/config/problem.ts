export type Environment = Readonly<Record<string, string | undefined>>;

/** One thing that is wrong with the settings: which, what would be right, and what was given unless it is secret. */
export interface SettingProblem {
  readonly setting: string;
  readonly rule: string;
  readonly given: string | null;
}

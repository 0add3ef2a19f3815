import type { Value } from './values.ts';

/** One setting: its name, how its text is read, what it is when nobody sets it, and what people are told. */
export interface Setting<T> {
  readonly name: string;
  readonly section: string;
  readonly value: Value<T>;
  /** Read like a given text; null: not set, and the value is null. */
  readonly fallback: string | null;
  readonly help: string;
  readonly example?: string;
  /** Never shown, taken out of logs, refused in the build's environment; may be given as `NAME_FILE`. */
  readonly secret: boolean;
}

type Extra = { readonly example?: string };

/** The ways to define a setting below one heading of the example file. */
export const section = (title: string) => ({
  set: <T>(name: string, value: Value<T>, fallback: string, help: string): Setting<T> => {
    return { name, section: title, value, fallback, help, secret: false };
  },
  optional: <T>(name: string, value: Value<T>, help: string, extra: Extra = {}): Setting<T | null> => {
    return { name, section: title, value, fallback: null, help, secret: false, ...extra };
  },
  secret: <T>(name: string, value: Value<T>, help: string, extra: Extra = {}): Setting<T | null> => {
    return { name, section: title, value, fallback: null, help, secret: true, ...extra };
  },
});

import type { z } from 'zod';

/** Reads one value from its text; the rule is what the operator is told when it cannot be read. */
export type Value<T> = z.ZodType<T, string>;

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
  /** A secret that builders need as well: it is kept from builds alone. */
  readonly forBuilders?: boolean;
  /** Name of another one without which it makes no sense. */
  readonly needs?: string;
  /** Name of another one that cannot be set together with it. */
  readonly excludes?: string;
}

/** Settings by the keys of their values. */
export type SettingGroup = Readonly<Record<string, Setting<unknown>>>;

/** The values of settings, under the same keys. */
export type ValuesOf<G> = { readonly [K in keyof G]: G[K] extends Setting<infer T> ? T : never };

type Extra = Pick<Setting<unknown>, 'example' | 'needs' | 'excludes'>;

/** The ways to define a setting below one heading of the example file. */
export const section = (title: string) => ({
  set: <T>(name: string, value: Value<T>, fallback: string, help: string): Setting<T> => {
    return { name, section: title, value, fallback, help, secret: false };
  },
  optional: <T>(name: string, value: Value<T>, help: string, extra: Extra = {}): Setting<T | null> => {
    return { name, section: title, value, fallback: null, help, secret: false, ...extra };
  },
  /** With a default, and for builders too. */
  sharedSecret: <T>(name: string, value: Value<T>, fallback: string, help: string): Setting<T> => {
    return { name, section: title, value, fallback, help, secret: true, forBuilders: true };
  },
  secret: <T>(name: string, value: Value<T>, help: string, extra: Extra = {}): Setting<T | null> => {
    return { name, section: title, value, fallback: null, help, secret: true, ...extra };
  },
});

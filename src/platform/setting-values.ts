import { z } from 'zod';
import type { Value } from './setting.ts';

/** A value that `parse` reads, undefined where it cannot. */
export function value<T>(rule: string, parse: (text: string) => T | undefined): Value<T> {
  return z.string().transform((text, context) => {
    const result = parse(text);
    if (result !== undefined) return result;
    context.addIssue({ code: 'custom', message: rule });
    return z.NEVER;
  });
}

/** Entries separated by commas or white space; at least one, each once. */
export function listOf<T>(item: Value<T>): Value<readonly T[]> {
  return z.string().transform((text, context) => {
    const entries = [...new Set(text.split(/[\s,]+/).filter((entry) => entry !== ''))];
    if (entries.length === 0) context.addIssue({ code: 'custom', message: 'must name at least one' });
    return entries.flatMap((entry) => {
      const result = item.safeParse(entry);
      if (result.success) return [result.data];
      context.addIssue({ code: 'custom', message: `each entry ${result.error.issues[0]?.message ?? 'must be valid'}` });
      return [];
    });
  });
}

export const text = (rule: string, pattern: RegExp): Value<string> =>
  value(rule, (given) => (pattern.test(given) ? given : undefined));

/** One of a closed list of words. */
export const oneOf = <const W extends string>(...words: readonly [W, ...W[]]): Value<W> =>
  value(`must be one of ${words.join(', ')}`, (given) => words.find((word) => word === given));

/** Short secrets are refused: they could be guessed, and taking them out of logs would garble every line. */
export const token: Value<string> = text('must be at least 8 visible characters without spaces', /^[\x21-\x7e]{8,}$/);

/** A URL of one of these schemes (`https:`), without user name and password. */
export const url = (...schemes: readonly string[]): Value<string> =>
  value(`must be a ${schemes.join(' or ')} URL without user name and password`, (given) => {
    const parsed = URL.parse(given);
    if (!parsed || !schemes.includes(parsed.protocol) || parsed.username !== '' || parsed.password !== '') return;
    return given;
  });

export const nat64: Value<string> = value('must be a number below 2^64', (given) =>
  /^(?:0|[1-9]\d{0,19})$/.test(given) && BigInt(given) < 2n ** 64n ? given : undefined,
);

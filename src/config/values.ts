import type { DatabaseAddress } from '../platform/database-address.ts';
import type { Value } from '../platform/setting.ts';
import { value } from '../platform/setting-values.ts';

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const isUnit = (unit: string | undefined): unit is keyof typeof UNIT_MS => unit !== undefined && unit in UNIT_MS;

/** `90m`, `8h`: a number and its unit. Gives milliseconds; at most 24 days, the longest time that timers can count. */
export const duration: Value<number> = value('must be a time such as 60s, 90m, 8h or 2d, at most 24d', (given) => {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(given) ?? [];
  if (!isUnit(unit)) return;
  const ms = Math.round(Number(amount) * UNIT_MS[unit]);
  return ms > 0 && ms <= 24 * UNIT_MS.d ? ms : undefined;
});

/** Decimal gigabytes, so that a machine sold with 16 GB has them. Gives bytes. */
export const gigabytes: Value<number> = value('must be a number of gigabytes, such as 100 or 0.5', (given) =>
  /^\d{1,6}(?:\.\d{1,6})?$/.test(given) ? Math.round(Number(given) * 1e9) : undefined,
);

/** Hex of a BLS12-381 public key in DER: a prefix of 37 bytes and 96 of key. Gives the 133 bytes. */
export const rootKey: Value<Uint8Array> = value('must be the hex of a root key in DER (133 bytes)', (given) =>
  /^308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c05030201036100[0-9a-f]{192}$/i.test(given)
    ? Uint8Array.from(Buffer.from(given, 'hex'))
    : undefined,
);

const CRON_BOUNDS: readonly (readonly [number, number])[] = [
  [0, 59],
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
];

/** Five fields, or six with seconds first: numbers, `*`, lists, ranges and steps. */
const CRON_MUST = 'must be five or six cron fields, such as * * * * *';
export const cron: Value<string> = value(CRON_MUST, cronFields);

/** The same, or null for `off`. */
export const cronOrOff: Value<string | null> = value(`${CRON_MUST}, or off`, (given) =>
  given.trim() === 'off' ? null : cronFields(given),
);

function cronFields(given: string): string | undefined {
  const fields = given.trim().split(/\s+/);
  const bounds = CRON_BOUNDS.slice(6 - fields.length);
  if (fields.length < 5 || fields.length > 6) return undefined;
  return fields.every((field, at) => isCronField(field, bounds[at] ?? [0, 0])) ? fields.join(' ') : undefined;
}

function isCronField(field: string, [low, high]: readonly [number, number]): boolean {
  return field.split(',').every((part) => {
    const match = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/[1-9]\d?)?$/.exec(part);
    if (!match) return false;
    const from = Number(match[1] ?? low);
    const to = Number(match[2] ?? match[1] ?? high);
    return low <= from && from <= to && to <= high;
  });
}

/** Where the status page listens; null: nowhere. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export const listenAddress: Value<ListenAddress | null> = value(
  'must be host:port, such as 127.0.0.1:8180 or [::1]:8180, or off',
  (given) => {
    if (given === 'off') return null;
    const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]\s/]+)):(\d{1,5})$/.exec(given) ?? [];
    const host = bracketed ?? plain;
    return host !== undefined && Number(port) <= 65_535 ? { host, port: Number(port) } : undefined;
  },
);

/** A daily span in minutes after midnight of its time zone; it may reach over midnight. */
export interface QuietHours {
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly timeZone: string;
}

export const quietHours: Value<QuietHours> = value(
  'must be a span such as 22:00-07:00, in UTC, or with a time zone such as 22:00-07:00 Europe/Zurich',
  (given) => {
    const [, from, to, zone] = /^([0-2]\d:[0-5]\d)-([0-2]\d:[0-5]\d)(?: ([A-Za-z][\w+/-]*))?$/.exec(given) ?? [];
    if (from === undefined || to === undefined || from >= '24:00' || to >= '24:00' || from === to) return;
    const timeZone = zone ?? 'UTC';
    return isTimeZone(timeZone) ? { fromMinute: minutes(from), toMinute: minutes(to), timeZone } : undefined;
  },
);

function minutes(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** `sqlite:` and a path (nothing after the colon: in the data directory, `file` is ''), or a PostgreSQL server. */
export const databaseUrl: Value<DatabaseAddress> = value(
  'must be sqlite: and a path, or postgres://user:password@host:5432/database (sslmode=verify-full or disable)',
  (given): DatabaseAddress | undefined => {
    if (/^postgres(?:ql)?:/.test(given)) return isServer(given) ? { kind: 'postgres', url: given } : undefined;
    const [, file] = /^sqlite:(?:\/\/(?=\/))?(.*)$/.exec(given) ?? [];
    return file === undefined || file.startsWith(':') || file.startsWith('//') || file.includes('\0')
      ? undefined
      : { kind: 'sqlite', file };
  },
);

/** What an address may ask for beside host, login and database: what would check no certificate is refused. */
const SERVER_WORDS: Readonly<Record<string, RegExp>> = { sslmode: /^(?:verify-full|disable)$/, host: /^\// };

function isServer(given: string): boolean {
  const url = URL.parse(given);
  if (!url || !/^\/[^/\0]+$/.test(url.pathname) || url.hash !== '') return false;
  try {
    for (const part of [url.username, url.password, url.pathname]) decodeURIComponent(part);
  } catch {
    return false;
  }
  const words = [...url.searchParams];
  if (url.hostname === '' && !url.searchParams.has('host')) return false;
  return words.every(([name, word]) => SERVER_WORDS[name]?.test(word) ?? false);
}

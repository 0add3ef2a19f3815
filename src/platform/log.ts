import { pino, type Level, type LevelWithSilent, type Logger } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { WatchError } from '../domain/errors.ts';
import { redactor } from './redact.ts';

export type LogData = Readonly<Record<string, unknown>>;
type Write = (message: string, data?: LogData) => void;

/** Messages are fixed sentences; what differs from time to time stands beside them as data. */
export interface Log extends Record<Exclude<Level, 'fatal'>, Write> {
  /** The same log with this data on every line. */
  readonly child: (data: LogData) => Log;
}

export interface LogOptions {
  readonly level: LevelWithSilent;
  readonly format: 'json' | 'pretty';
  /** Texts that no line may show. */
  readonly secrets: readonly string[];
  /** Makes strangers' text inert: one line, at most `limit` long, without control characters. */
  readonly plain: (text: string, limit: number) => string;
  readonly colour?: boolean;
  /** Receives whole lines; standard error unless given. */
  readonly write?: (line: string) => void;
}

const LONGEST_TEXT = 2000;
const DEEPEST = 6;
const LONGEST_LIST = 100;

/** The only log of the program. Whatever is given to it comes out inert and without secrets. */
export function createLog(options: LogOptions): Log {
  const redact = redactor(options.secrets);
  // Redacted before it is cut, so that no half of a secret stays; and again as a whole line.
  const clean = (text: string): string => options.plain(redact(text), LONGEST_TEXT);
  const pretty =
    options.format === 'pretty' ? prettyFactory({ colorize: options.colour ?? false, ignore: 'pid,hostname' }) : null;
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    { write: (line: string) => write(redact(pretty ? pretty(line) : line)) },
  );
  return wrap(logger, clean);
}

function wrap(logger: Logger, clean: (text: string) => string): Log {
  const at =
    (level: Exclude<Level, 'fatal'>): Write =>
    (message, data) => {
      if (logger.isLevelEnabled(level)) logger[level](inert(data ?? {}, clean), clean(message));
    };
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (data) => wrap(logger.child(inert(data, clean) as Record<string, unknown>), clean),
  };
}

/** The data as JSON can hold it: texts cleaned, bounded in depth and length. */
function inert(value: unknown, clean: (text: string) => string, depth = 0): unknown {
  if (typeof value === 'string') return clean(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) return value;
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object') return typeof value;
  if (depth >= DEEPEST) return '…';
  const inner = (part: unknown): unknown => inert(part, clean, depth + 1);
  if (value instanceof Error) return inner(errorFacts(value));
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (value instanceof Map || value instanceof Set || Array.isArray(value)) {
    return [...(value as Iterable<unknown>)].slice(0, LONGEST_LIST).map(inner);
  }
  const entries = Object.entries(value).slice(0, LONGEST_LIST);
  return Object.fromEntries(entries.map(([key, part]) => [clean(key), inner(part)]));
}

function errorFacts(error: Error): Record<string, unknown> {
  const known = error instanceof WatchError && error.kind !== 'bug';
  return {
    ...(error instanceof WatchError ? { kind: error.kind, code: error.code } : { name: error.name }),
    message: error.message,
    // Where it was thrown helps with our own mistakes only.
    ...(known
      ? {}
      : {
          stack: error.stack
            ?.split('\n')
            .slice(1)
            .map((line) => line.trim()),
        }),
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  };
}

import { styleText } from 'node:util';
import { plainText } from '../domain/text.ts';
import { createLog, type Log } from '../platform/log.ts';
import type { Config } from '../operator/config.ts';

/** The log of a long-running command, on standard error. */
export function openLog({ logLevel: level, logFormat, secrets }: Config): Log {
  const terminal = process.stderr.isTTY;
  return createLog({
    level,
    format: logFormat ?? (terminal ? 'pretty' : 'json'),
    secrets,
    plain: plainText,
    // Where NO_COLOR, FORCE_COLOR and the terminal allow it.
    colour: styleText('red', '.', { stream: process.stderr }) !== '.',
  });
}

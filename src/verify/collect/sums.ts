import { parseSha256, type Sha256 } from '../../domain/ids.ts';
import type { SumsFile } from '../../domain/evidence.ts';
import type { Collector } from '../../domain/ports.ts';
import { sha256 } from '../../platform/hash.ts';
import { getTwice, observedWith, unavailableFrom, type WebDeps } from './http-answer.ts';

/** Ours have a handful of lines. */
const MAX_BYTES = 64 * 1024;

/** Reads a published SHA256SUMS, always afresh. */
export function createSumsCollector(deps: WebDeps): Collector<'sums'> {
  return {
    kind: 'sums',
    collect: async ({ subject: url }, context) => {
      try {
        const { body } = await getTwice(deps, url, MAX_BYTES, context);
        return await observedWith(deps, parseSums(body), url, body);
      } catch (thrown) {
        return unavailableFrom(thrown, url, deps.clock.now());
      }
    },
  };
}

/**
 * The lines that are sums: digest, blanks or a star, a plain file name (coreutils, "cksum output modes"). `find` writes
 * names with a leading `./`. Whatever else there is (other paths, escaped names, prose) is counted, never guessed at.
 */
export function parseSums(bytes: Uint8Array): SumsFile {
  const lines = new TextDecoder('utf-8').decode(bytes).split(/\r\n|\n|\r/);
  const entries: { name: string; sha256: Sha256 }[] = [];
  const tagged: { name: string; sha256: Sha256 }[] = [];
  let otherLines = 0;
  for (const line of lines.map((text) => text.replace(/[ \t]+$/, ''))) {
    const [, digest = '', name = ''] = SUM.exec(line) ?? [];
    const parsed = parseSha256(digest);
    if (parsed) entries.push({ name, sha256: parsed });
    else if (line !== '') otherLines += 1;
    const [, tagName = '', tagDigest = ''] = TAGGED.exec(line) ?? [];
    const other = parseSha256(tagDigest);
    if (other) tagged.push({ name: tagName, sha256: other });
  }
  const names = new Set(entries.map(({ name }) => name));
  const contradicting = tagged.filter(({ name }) => names.has(name));
  return { sha256: sha256(bytes), entries: [...entries, ...contradicting], otherLines };
}

/** BSD's form. It never vouches for a file, but may contradict a line that does. */
const TAGGED = /^SHA256 ?\((?:\.\/)?([^/\\\p{C}]+)\) ?= ?([0-9a-f]{64})$/iu;
const SUM = /^([0-9a-f]{64})[ \t]+\*?(?:\.\/)?([^\s/\\\p{C}*][^/\\\p{C}]*)$/iu;

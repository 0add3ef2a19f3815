import { readFileSync, statSync } from 'node:fs';

const LARGEST_FILE = 64 * 1024;

/** The text of a regular file; null where there is none that can be read, or more than 64 KiB of it. */
export function readSmallFile(path: string): string | null {
  try {
    const facts = statSync(path);
    return facts.isFile() && facts.size <= LARGEST_FILE ? readFileSync(path, 'utf8') : null;
  } catch {
    return null;
  }
}

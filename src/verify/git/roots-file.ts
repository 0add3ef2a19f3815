import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { throwOurs, WatchError } from '../../domain/errors.ts';
import { writeFileAtomic } from '../../platform/files.ts';

/** Gives the file for GIT_SSL_CAINFO, or null where git's own choice is right. */
export type RootsFile = () => Promise<string | null>;

/** Where distributions keep all roots in one file: Debian and Ubuntu, Fedora, openSUSE. */
const SYSTEM_ROOTS = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
];

/**
 * Git knows nothing of NODE_EXTRA_CA_CERTS, and GIT_SSL_CAINFO replaces the system's roots rather than adding to them:
 * so the two are written into one file, once.
 */
export function createRootsFile(env: Readonly<Record<string, string | undefined>>, directory: string): RootsFile {
  let made: Promise<string | null> | undefined;
  return () =>
    (made ??= makeRootsFile(env, directory).catch((error: unknown) => {
      // Somebody may mend it meanwhile.
      made = undefined;
      throw error;
    }));
}

/** Without the system's roots every server would look like a forger: what keeps us from them is told instead. */
function emptyUnlessOurs(thrown: unknown): string {
  throwOurs(thrown);
  return '';
}

async function makeRootsFile(
  env: Readonly<Record<string, string | undefined>>,
  directory: string,
): Promise<string | null> {
  const own = env['GIT_SSL_CAINFO'] ?? env['SSL_CERT_FILE'];
  const extra = env['NODE_EXTRA_CA_CERTS'];
  if (!extra) return own ?? null;
  const candidates = own ? [own, ...SYSTEM_ROOTS] : SYSTEM_ROOTS;
  let system = '';
  for (const candidate of candidates) system ||= await readFile(candidate, 'utf8').catch(emptyUnlessOurs);
  const path = join(directory, 'git-roots.pem');
  const more = await readFile(extra, 'utf8').catch((cause: unknown) => {
    throw new WatchError('input', 'extra-roots', `NODE_EXTRA_CA_CERTS names ${extra}, which cannot be read.`, {
      cause,
    });
  });
  await writeFileAtomic(path, `${system}\n${more}`);
  return path;
}

import { loadConfig } from '../../../src/operator/config.ts';
import { createTrustedRootSource } from '../../../src/verify/sigstore/trusted-root.ts';

const uris = (root: unknown): readonly string[] =>
  (root as { certificateAuthorities: { uri: string }[] } | null)?.certificateAuthorities.map(({ uri }) => uri) ?? [];

const [tufDir = '', envFile = ''] = process.argv.slice(2);

/** Refreshes the public root with its update metadata in the directory that is named, and prints what came of it. */
const { environment: env, stallTimeoutMs } = loadConfig(process.env, { envFile });
const way = { env, stallTimeoutMs };
const source = createTrustedRootSource({ file: null, tufDir, clock: { now: () => Date.now() }, way });
const refreshed = await source.refresh();
console.log(
  JSON.stringify({
    refreshed: refreshed?.status === 'fresh' ? uris(refreshed.root) : null,
    current: uris(await source.current()),
  }),
);

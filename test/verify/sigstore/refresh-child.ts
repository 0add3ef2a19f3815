import { createTrustedRootSource } from '../../../src/verify/sigstore/trusted-root.ts';

const uris = (root: unknown): readonly string[] =>
  (root as { certificateAuthorities: { uri: string }[] } | null)?.certificateAuthorities.map(({ uri }) => uri) ?? [];

/** Refreshes the public root with its update metadata in the directory that is named, and prints what came of it. */
const source = createTrustedRootSource({ file: null, tufDir: process.argv[2] ?? '', clock: { now: () => Date.now() } });
const refreshed = await source.refresh();
console.log(
  JSON.stringify({ refreshed: refreshed === null ? null : uris(refreshed), current: uris(await source.current()) }),
);

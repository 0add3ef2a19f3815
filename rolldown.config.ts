import { rmSync } from 'node:fs';
import { defineConfig } from 'rolldown';

/**
 * Bundles what `tsc` made, so that a command opens a dozen files and not five hundred: half of its start was opening them.
 * Our own modules and the libraries of many small files that hold no state and no native part go in; every other package
 * stays where npm put it. The folder lies as deep as those that it stands for: paths relative to a module hold in both.
 */
const INSIDE =
  /^(zod|kysely|commander|string-width|strip-ansi|ansi-regex|wrap-ansi|ansi-styles|get-east-asian-width)(\/|$)/;
const FOLDER = 'dist/bundle';

rmSync(FOLDER, { recursive: true, force: true });

export default defineConfig({
  // The program, and what it starts threads and processes with.
  input: {
    main: 'dist/cli/main.js',
    'hash-thread': 'dist/platform/hash-thread.js',
    'decode-worker': 'dist/watcher/decode-worker.js',
    'image-worker': 'dist/verify/images/image-worker.js',
  },
  platform: 'node',
  external: (id) => !/^[./]/.test(id) && !INSIDE.test(id),
  // Nothing is left out or renamed: what throws is asked on purpose, also where its result is not used.
  treeshake: false,
  output: {
    dir: FOLDER,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    minify: false,
    keepNames: true,
  },
  logLevel: 'warn',
});

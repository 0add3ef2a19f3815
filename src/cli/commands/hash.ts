import type { Command } from 'commander';
import { parseSha256 } from '../../domain/ids.ts';
import { EXIT } from '../exit-codes.ts';
import { hashesJson, hashText, type AskedHash } from '../hash-text.ts';

interface Flags {
  json?: boolean;
  envFile?: string;
}

const NOTHING_RECORDED = 'Nothing was watched or verified here yet: no hash can be known.';

/** `hash`: what these bytes are, by all that is known here, and whether they are verified. */
export function hashCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('hash')
    .description('say what bytes are and whether they are verified: 0 if so, 10 contradicted, 11 unknown')
    .argument('<sha256|file...>', 'hashes, and files to hash (./NAME for one that is named like a hash)')
    .option('--json', 'print one JSON object')
    .option('--env-file <file>', 'read settings from this file (.env.example lists them)')
    .action(async (whats: readonly string[], flags: Flags) => exit(await run(whats, flags)));
}

async function run(whats: readonly string[], { json, envFile }: Flags): Promise<number> {
  const { openRecords } = await import('../../operator/records.ts');
  const { hashOfFile } = await import('../../operator/hashes.ts');
  const records = await openRecords(envFile);
  try {
    const asked: AskedHash[] = [];
    for (const what of whats) {
      const given = parseSha256(what);
      const file = given ? null : { name: what, ...(await hashOfFile(what)) };
      const sha256 = given ?? file?.sha256;
      if (!sha256) continue;
      asked.push({ sha256, file: file && { name: file.name, bytes: file.bytes }, answer: await records.hash(sha256) });
      if (!json) process.stdout.write(hashText(asked.slice(-1), asked.length === 1 ? records.network : 'mainnet'));
    }
    if (!records.hasBegun) process.stderr.write(`${NOTHING_RECORDED}\n`);
    if (json) process.stdout.write(`${JSON.stringify(hashesJson(asked, records))}\n`);
    return codeOf(asked);
  } finally {
    await records.close();
  }
}

/** The worst of them counts. */
export function codeOf(asked: readonly AskedHash[]): number {
  const states = asked.map(({ answer }) => answer.state);
  if (states.includes('contradicted')) return EXIT.mismatch;
  return states.length > 0 && states.every((state) => state === 'verified') ? EXIT.verified : EXIT.inconclusive;
}

import type { Scenario } from '../../simnet/types.ts';
import type { Cost } from '../measure.ts';
import { table } from '../table.ts';
import { inScratch, type Tool } from '../tools.ts';
import { inWorld, MiB } from '../world.ts';
import type { BenchDeps, Measured } from './bench-deps.ts';

const IMAGE = 'guest-os/update-img/update-img.tar.zst';
const SUMS = 'guest-os/update-img/SHA256SUMS';

type Word = 'verified' | 'mismatch' | 'inconclusive';

/** What is wrong with an election, and what has to be said of it. */
interface Case {
  readonly what: string;
  readonly right: Word;
  readonly differs: Partial<Scenario>;
}

const CASES: readonly Case[] = [
  { what: 'nothing is wrong', right: 'verified', differs: {} },
  { what: 'the build gives other bytes', right: 'mismatch', differs: { release: 'differs' } },
  { what: 'the payload has another hash', right: 'mismatch', differs: { payload: { sha256: 'ab'.repeat(32) } } },
  { what: 'the commit is only in a fork', right: 'mismatch', differs: { release: 'fork-only' } },
  {
    what: 'one mirror serves other bytes',
    right: 'mismatch',
    differs: { faults: [{ at: 'cdn', file: IMAGE, hosts: ['download.dfinity.network'], fault: 'flip-byte' }] },
  },
  {
    what: 'one mirror lists other hashes',
    right: 'mismatch',
    differs: { faults: [{ at: 'cdn', file: SUMS, hosts: ['download.dfinity.network'], fault: 'flip-byte' }] },
  },
  {
    what: 'the attestation is of another workflow',
    right: 'mismatch',
    differs: { faults: [{ at: 'attestations', fault: 'wrong-workflow' }] },
  },
  { what: 'the source is not public', right: 'inconclusive', differs: { release: 'absent' } },
  { what: 'the build fails', right: 'inconclusive', differs: { release: 'fails' } },
  {
    what: 'the image is not published',
    right: 'inconclusive',
    differs: { faults: [{ at: 'cdn', file: IMAGE, fault: 'not-found' }] },
  },
];

/** What each tool says of the same election, outcome by outcome, and by which exit code a script would know it. */
export async function outcomes({ settings, tools, say }: BenchDeps): Promise<Measured> {
  const found: { what: string; right: Word; said: Record<string, string>; costs: Record<string, Cost> }[] = [];
  await inWorld(settings.scratch, { imageBytes: MiB, buildSeconds: 1 }, async ({ open }) => {
    for (const { what, right, differs } of CASES) {
      const costs: Record<string, Cost> = {};
      for (const tool of tools) {
        const view = await open(differs);
        const flags = ['--guestos', '--download-source', 'both'];
        const asked = { view, target: 'proposal', flags, attestations: true } as const;
        costs[tool.name] = await inScratch(settings.scratch, (home) => tool.verify(asked, home));
        await view.close();
      }
      const said = Object.fromEntries(tools.map(({ name }) => [name, saidBy(name, costs[name])]));
      found.push({ what, right, said, costs });
      say(`${what}: ${Object.entries(said).join('; ')}`);
    }
  });
  const head = ['what is wrong', 'right', ...tools.map(({ name }) => name)];
  const rows = found.map(({ what, right, said }) => [what, right, ...tools.map(({ name }) => said[name] ?? '–')]);
  return { title: 'What is said of the same election', text: table(head, rows), raw: found };
}

const OURS: Readonly<Record<number, Word>> = { 0: 'verified', 10: 'mismatch', 11: 'inconclusive' };

/** Of ours the verdict; another tool has its exit code, and what it calls an error. */
function saidBy(name: Tool['name'], cost: Cost | undefined): string {
  if (cost?.code === undefined || cost.code === null) return 'did not end';
  if (name === 'nns-watch') return `${OURS[cost.code] ?? 'no verdict'} (${cost.code})`;
  const text = cost.said.map((part) => part.text).join('');
  if (cost.code === 0) return /\[(?:❌|💥)\]/u.test(text) ? 'an error, exit 0' : 'success (0)';
  return /Traceback/.test(text) ? `a Python traceback (${cost.code})` : `an error (${cost.code})`;
}

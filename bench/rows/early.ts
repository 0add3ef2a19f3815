import type { Scenario } from '../../simnet/types.ts';
import { saidAfter, type Cost } from '../measure.ts';
import { seconds, table } from '../table.ts';
import { inScratch, type Tool } from '../tools.ts';
import { inWorld, MiB } from '../world.ts';
import type { BenchDeps, Measured } from './bench-deps.ts';

const SUMS = 'guest-os/update-img/SHA256SUMS';
/** Slow enough that no image is whole before the facts are. */
const RATE = 20;

const WRONG: readonly (readonly [what: string, Partial<Scenario>])[] = [
  ["the payload's hash", { payload: { sha256: 'ab'.repeat(32) } }],
  ['the sums of both mirrors', { faults: [{ at: 'cdn', file: SUMS, fault: 'flip-byte' }] }],
  [
    'the sums of one mirror',
    { faults: [{ at: 'cdn', file: SUMS, hosts: ['download.dfinity.network'], fault: 'flip-byte' }] },
  ],
  ['the attestation', { faults: [{ at: 'attestations', fault: 'wrong-workflow' }] }],
];

/** The first word of each tool that something is wrong. */
const FIRST: Record<Tool['name'], RegExp> = { 'nns-watch': /Early finding/, 'repro-check': /\[💥\]|\[❌\]/u };

/** How long until something wrong is told, of a proposal with both mirrors. */
export async function early({ settings, tools, say }: BenchDeps): Promise<Measured> {
  const found: { what: string; costs: Record<string, Cost> }[] = [];
  const options = { imageBytes: settings.mib * MiB, bytesPerSecond: RATE * MiB, buildSeconds: 1 };
  await inWorld(settings.scratch, options, async ({ open }) => {
    for (const [what, differs] of WRONG) {
      const costs: Record<string, Cost> = {};
      for (const tool of tools) {
        const view = await open(differs);
        const flags = ['--guestos', '--download-source', 'both'];
        const asked = { view, target: 'proposal', flags, attestations: true } as const;
        const cost = await inScratch(settings.scratch, (home) => tool.verify(asked, home));
        await view.close();
        costs[tool.name] = cost;
        say(`${what}: ${tool.name} says it after ${seconds(saidAfter(cost, FIRST[tool.name]))}`);
      }
      found.push({ what, costs });
    }
  });
  const head = ['what is wrong', ...tools.map(({ name }) => `${name}, first word`), 'load'];
  const rows = found.map(({ what, costs }) => [
    what,
    ...tools.map(({ name }) => seconds(costs[name] && saidAfter(costs[name], FIRST[name]))),
    (costs['nns-watch']?.load ?? NaN).toFixed(1),
  ]);
  const title = `Until the first finding (image of ${settings.mib} MiB at ${RATE} MiB/s: ${settings.mib / RATE} s at least)`;
  return { title, text: table(head, rows), raw: found };
}

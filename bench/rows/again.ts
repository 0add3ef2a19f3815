import type { SimnetView } from '../../simnet/simnet.ts';
import type { Cost } from '../measure.ts';
import { seconds, table } from '../table.ts';
import { inScratch, type Tool } from '../tools.ts';
import { inWorld, MiB, type World } from '../world.ts';
import type { BenchDeps, Measured } from './bench-deps.ts';

const RATE = 20;
const IMAGE = 'guest-os/update-img/update-img.tar.zst';

interface Again {
  readonly tool: Tool['name'];
  readonly first: Cost;
  readonly second: Cost;
  /** Requests of the second run alone. */
  readonly sumsAgain: number;
  readonly imagesAgain: number;
  /** Until the tool was done, however often it had to be started. */
  readonly brokenSeconds: number;
  readonly starts: number;
}

/** What a broken download costs, and what an unchanged second run does. */
export async function again({ settings, tools, say }: BenchDeps): Promise<Measured> {
  const options = { imageBytes: settings.mib * MiB, bytesPerSecond: RATE * MiB, buildSeconds: 1 };
  const found = await inWorld(settings.scratch, options, async (world) => {
    const each: Again[] = [];
    for (const tool of tools) {
      const twice = await unchanged(tool, world, settings.scratch);
      const broken = await brokenAt90(tool, world, settings.scratch);
      each.push({ tool: tool.name, ...twice, ...broken });
      say(`${tool.name}: ${seconds(twice.first.seconds)}, again ${seconds(twice.second.seconds)}`);
    }
    return each;
  });
  const head = ['tool', 'whole', 'broken at 90 %', 'ratio', 'starts', 'unchanged second run', 'its sums', 'its images'];
  const rows = found.map(({ tool, first, second, sumsAgain, imagesAgain, brokenSeconds, starts }) => [
    tool,
    seconds(first.seconds),
    seconds(brokenSeconds),
    (brokenSeconds / first.seconds).toFixed(2),
    String(starts),
    seconds(second.seconds),
    sumsAgain > 0 ? 'fetched afresh' : 'NOT fetched',
    imagesAgain === 0 ? 'kept' : 'fetched again',
  ]);
  const title = `Broken and repeated (one image of ${settings.mib} MiB at ${RATE} MiB/s, build of 1 s)`;
  return { title, text: table(head, rows), raw: found };
}

function verify(tool: Tool, view: SimnetView, home: string): Promise<Cost> {
  return tool.verify({ view, target: 'commit', flags: ['--guestos', '--download-source', 'systems'] }, home);
}

function unchanged(
  tool: Tool,
  { open }: World,
  scratch: string,
): Promise<Pick<Again, 'first' | 'second' | 'sumsAgain' | 'imagesAgain'>> {
  return inScratch(scratch, async (home) => {
    const view = await open({ elects: 'none' });
    const first = await verify(tool, view, home);
    const before = view.requests.length;
    const second = await verify(tool, view, home);
    const gets = view.requests.slice(before).filter(({ method }) => method === 'GET');
    await view.close();
    const count = (file: string): number => gets.filter(({ url }) => url.endsWith(file)).length;
    return { first, second, sumsAgain: count('/SHA256SUMS'), imagesAgain: count('.tar.zst') };
  });
}

function brokenAt90(tool: Tool, { open }: World, scratch: string): Promise<Pick<Again, 'brokenSeconds' | 'starts'>> {
  return inScratch(scratch, async (home) => {
    const view = await open({
      elects: 'none',
      faults: [{ at: 'cdn', file: IMAGE, fault: 'cut-at-90', times: 1 }],
    });
    let brokenSeconds = 0;
    let starts = 0;
    for (let code: number | null = -1; code !== 0 && starts < 3; starts += 1) {
      const cost = await verify(tool, view, home);
      brokenSeconds += cost.seconds;
      code = cost.code;
    }
    await view.close();
    return { brokenSeconds, starts };
  });
}

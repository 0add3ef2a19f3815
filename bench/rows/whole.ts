import { allSaid, measure, type Cost } from '../measure.ts';
import { BUILDS, type Build } from '../settings.ts';
import { median, seconds, spread, table } from '../table.ts';
import { inScratch, nnsWatch, type Tool } from '../tools.ts';
import { inWorld, MiB, type World } from '../world.ts';
import type { BenchDeps, Measured } from './bench-deps.ts';

const PUBLISHED = [
  'guest-os/update-img/update-img.tar.zst',
  'guest-os/update-img-recovery/update-img.tar.zst',
  'host-os/update-img/update-img.tar.zst',
  'setup-os/disk-img/disk-img.tar.zst',
];
const IMAGES = PUBLISHED.length;

interface Case {
  readonly rate: number | null;
  readonly build: Build;
  readonly buildSeconds: number;
}

interface Cell extends Case {
  /** The longer of download and build by hand, each time that it was measured: what nobody can do without. */
  readonly byHandSeconds: readonly number[];
  readonly runs: Record<string, Cost[]>;
}

/** Whole verification of four images by their commit, against one download host, everything from nothing. */
export async function whole(deps: BenchDeps): Promise<Measured> {
  const { rates, builds, mib, pairs } = deps.settings;
  const cells: Cell[] = [];
  for (const rate of rates) {
    const download = rate === null ? await freeDownload(deps) : (IMAGES * mib) / rate;
    for (const build of builds) {
      const buildSeconds = Math.max(1, Math.round(download * BUILDS[build]));
      cells.push(await measureCase({ rate, build, buildSeconds }, deps));
    }
  }
  const title = `Whole verification of ${IMAGES} images of ${mib} MiB, ${pairs} pair(s)`;
  return { title, text: wholeTable(cells, deps.tools), raw: cells };
}

/** How long the bytes take when nothing holds them back: so long is "as long as the download". */
function freeDownload({ settings }: BenchDeps): Promise<number> {
  return inWorld(settings.scratch, { imageBytes: settings.mib * MiB }, async ({ open }) => {
    const view = await open({ elects: 'none' });
    const asked = { view, target: 'commit', flags: ['--download-source', 'systems', '--no-build'] } as const;
    return (await inScratch(settings.scratch, (home) => nnsWatch.verify(asked, home))).seconds;
  });
}

function measureCase(given: Case, deps: BenchDeps): Promise<Cell> {
  const { settings, tools, say } = deps;
  const { rate, build, buildSeconds } = given;
  const options = {
    imageBytes: settings.mib * MiB,
    buildSeconds,
    ...(rate === null ? {} : { bytesPerSecond: rate * MiB }),
  };
  return inWorld(settings.scratch, options, async (world) => {
    const byHandSeconds = [await byHand(world, settings.scratch)];
    const runs: Record<string, Cost[]> = Object.fromEntries(tools.map(({ name }) => [name, []]));
    for (let pair = 0; pair < settings.pairs; pair += 1) {
      for (const tool of pair % 2 === 0 ? tools : tools.toReversed()) {
        const cost = await once(tool, world, settings.scratch);
        runs[tool.name]?.push(cost);
        const what = `${rateText(rate)}, build ${build}, pair ${pair + 1}: ${tool.name}`;
        say(
          `${what} ${seconds(cost.seconds)}, processor ${seconds(cost.processorSeconds)}, ` +
            `exit ${String(cost.code)}, load ${cost.load.toFixed(1)}`,
        );
      }
    }
    byHandSeconds.push(await byHand(world, settings.scratch));
    say(`by hand ${byHandSeconds.map(seconds).join(' and ')}`);
    return { ...given, byHandSeconds, runs };
  });
}

async function once(tool: Tool, { open }: World, scratch: string): Promise<Cost> {
  const view = await open({ elects: 'none' });
  try {
    const flags = ['--download-source', 'systems'];
    return await inScratch(scratch, (home) => tool.verify({ view, target: 'commit', flags }, home));
  } finally {
    await view.close();
  }
}

/** Download and build side by side, without any verifier: nothing is hashed, compared or doubted. */
async function byHand({ open }: World, scratch: string): Promise<number> {
  const view = await open({ elects: 'none' });
  const { commit } = view.release;
  const published = `https://download.dfinity.systems/ic/${commit}`;
  const script = `downloads=
    for image in ${PUBLISHED.join(' ')}; do
      curl -sSf --create-dirs -o "$image" "${published}/$image" & downloads="$downloads $!"
    done
    git clone -q https://github.com/dfinity/ic ic && cd ic && git checkout -q ${commit} || exit 1
    ./ci/container/build-ic.sh --icos || exit 1
    for download in $downloads; do wait "$download" || exit 1; done`;
  const authority = view.env['NODE_EXTRA_CA_CERTS'] ?? '';
  const cost = await inScratch(scratch, (home) =>
    measure(['bash', '-c', script], {
      env: { ...view.env, HOME: home, GIT_SSL_CAINFO: authority, CURL_CA_BUNDLE: authority },
      cwd: home,
      limitMs: 1_800_000,
    }),
  );
  await view.close();
  if (cost.code !== 0) throw new Error(`by hand it ended with ${String(cost.code)}: ${allSaid(cost)}`);
  return cost.seconds;
}

function wholeTable(cells: readonly Cell[], tools: readonly Tool[]): string {
  const names = tools.map(({ name }) => name);
  const head = ['download', 'build', ...names.map((name) => `${name}, wall`)];
  const compared = names.length === 2;
  if (compared) head.push('wall, ratio', 'processor, ratio');
  head.push('over the longer of both', 'peak memory', 'load');
  return table(
    head,
    cells.map((cell) => {
      const ours = cell.runs[nnsWatch.name] ?? [];
      const walls = names.map((name) => costText(cell.runs[name] ?? []));
      const ratios = compared ? ['seconds', 'processorSeconds'].map((key) => ratio(cell, key as 'seconds')) : [];
      const over = median(ours.map((cost) => cost.seconds)) - median(cell.byHandSeconds);
      const peak = Math.max(...ours.map(({ peakMiB }) => peakMiB));
      const loads = Object.values(cell.runs).flatMap((costs) => costs.map(({ load }) => load));
      const row = [rateText(cell.rate), `${cell.build} (${cell.buildSeconds} s)`, ...walls, ...ratios];
      return [...row, seconds(over), `${Math.round(peak)} MiB`, spread(loads, 1)];
    }),
  );
}

/** A run that did not end with "verified" must not pass for a quick one. */
function costText(costs: readonly Cost[]): string {
  const failed = costs.filter(({ code }) => code !== 0).length;
  return `${seconds(median(costs.map((cost) => cost.seconds)))}${failed === 0 ? '' : ` (${failed} FAILED)`}`;
}

/** Of each pair by itself, since what else the machine does hits both of it. */
function ratio({ runs }: Cell, key: 'seconds' | 'processorSeconds'): string {
  const [ours = [], theirs = []] = [runs[nnsWatch.name], runs['repro-check']];
  return spread(ours.map((cost, pair) => cost[key] / (theirs[pair]?.[key] ?? NaN)));
}

export function rateText(rate: number | null): string {
  return rate === null ? 'loopback' : `${rate} MiB/s`;
}

import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { WatchError } from '../domain/errors.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { ProposalId } from '../domain/ids.ts';
import type { MeasuredImage } from '../domain/measured-image.ts';
import type { OnProgress } from '../domain/ports.ts';
import type { Proposal } from '../domain/proposal.ts';
import { loadConfig } from '../operator/config.ts';
import { toolVersion } from '../operator/tool-version.ts';
import { readImage, readingLimitMs } from '../verify/images/image-process.ts';
import { openVerifier } from './verifier.ts';

export interface MeasureAsked {
  readonly envFile: string | undefined;
  /** A `update-img.tar.zst` of the GuestOS; null: the image that the proposal elects is downloaded. */
  readonly file: string | null;
  readonly proposal: ProposalId | null;
  /** Digests to find, in lower-case hex. */
  readonly digests: readonly string[];
}

/** What an image gives, or why it cannot be read. */
export interface Measured {
  readonly network: string;
  readonly toolVersion: string;
  readonly measured: MeasuredImage | null;
  readonly why: string | null;
}

/** Recomputes launch measurements from a GuestOS image: in seconds, before any build, by nobody's word. */
export async function measure(asked: MeasureAsked, on: OnProgress, signal: AbortSignal): Promise<Measured> {
  const config = loadConfig(process.env, asked.envFile === undefined ? {} : { envFile: asked.envFile });
  const around = { network: config.network, toolVersion };
  try {
    const measured = await measuredImage(asked, config.cacheDir, on, signal);
    return { ...around, measured, why: null };
  } catch (thrown) {
    if (!(thrown instanceof WatchError) || !UNREADABLE.includes(thrown.kind)) throw thrown;
    return { ...around, measured: null, why: thrown.message };
  }
}

const UNREADABLE: readonly string[] = ['malformed', 'limit', 'rejected', 'transport', 'untrusted'];

async function measuredImage(asked: MeasureAsked, cacheDir: string, on: OnProgress, signal: AbortSignal) {
  const { file, proposal } = asked;
  if (file === null && proposal === null) {
    throw new WatchError('input', 'measure-what', 'Name a GuestOS image, or a proposal with --proposal.');
  }
  const elected = proposal === null ? null : await ofProposal(proposal, asked, on, signal);
  if (file === null) return elected?.measured ?? gone();
  const wanted = [...new Set([...asked.digests, ...(elected?.digests ?? [])])];
  return ofFile(file, wanted, cacheDir, signal);
}

async function ofFile(given: string, wanted: readonly string[], cacheDir: string, signal: AbortSignal) {
  const path = resolve(given);
  const found = await stat(path).catch((thrown: unknown) => {
    throw new WatchError(
      'input',
      'measure-file',
      `${given} cannot be read (${(thrown as NodeJS.ErrnoException).code ?? 'unknown'}).`,
    );
  });
  if (!found.isFile()) throw new WatchError('input', 'measure-file', `${given} is no regular file.`);
  await mkdir(cacheDir, { recursive: true, mode: 0o700 });
  const scratch = await mkdtemp(join(cacheDir, 'measure-'));
  try {
    const limitMs = readingLimitMs(found.size);
    return await readImage({ task: 'measure', path, scratch, limitMs, wanted, usual: wanted.length === 0 }, signal);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** A verification without a build: the proposal is read certified, and its image is fetched and read. */
async function ofProposal(id: ProposalId, { envFile, file }: MeasureAsked, on: OnProgress, signal: AbortSignal) {
  const verifier = await openVerifier({ ...(envFile === undefined ? {} : { envFile }), clean: false });
  try {
    const input = {
      target: { mode: 'proposal', id } as const,
      components: ['guestos'] as const,
      mirrors: verifier.mirrors,
      ...{ build: false, attestations: false, confirm: false, dryRun: false, keep: false },
    };
    const { evidence } = await verifier.verify(input, on, signal);
    return { digests: carriedBy(evidence), measured: file === null ? seenIn(evidence) : null };
  } finally {
    await verifier.close();
  }
}

function seenIn(evidence: Evidence): MeasuredImage {
  const all = evidence.all().filter(({ key }) => key.kind === 'measured');
  for (const { observation } of all) if (observation.status === 'observed') return observation.value as MeasuredImage;
  const [first] = all;
  if (first?.observation.status !== 'unavailable') return gone();
  throw new WatchError('transport', first.observation.code, `The image could not be read (${first.observation.code}).`);
}

function carriedBy(evidence: Evidence): readonly string[] {
  const read = evidence.all().find(({ key }) => key.kind === 'proposal')?.observation;
  if (read?.status !== 'observed') throw new WatchError('transport', 'proposal-unread', 'The proposal cannot be read.');
  const { action } = read.value as Proposal;
  const carried = action.kind === 'elect-guestos' ? (action.version.launchMeasurements ?? []) : [];
  // To find all of nothing says nothing.
  if (carried.length === 0)
    throw new WatchError('rejected', 'no-measurements', 'The proposal carries no launch measurements.');
  return carried.map(({ measurement }) => measurement.toLowerCase());
}

function gone(): never {
  throw new WatchError('rejected', 'no-guestos-image', 'The proposal elects no GuestOS image that could be fetched.');
}

import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Mirror } from '../domain/artifact.ts';
import type { Component } from '../domain/component.ts';
import { asWatchError, WatchError } from '../domain/errors.ts';
import { Evidence, evidenceKey, type HostFacts } from '../domain/evidence.ts';
import type { Blobs, OnProgress, Progress, ProposalReader } from '../domain/ports.ts';
import { sha256 } from '../platform/hash.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { Blocker } from '../domain/verdict.ts';
import { estimatePlan, type PlanEstimate } from '../domain/plan-estimate.ts';
import { pastCosts } from '../operator/past-costs.ts';
import { removeBuilt } from '../verify/build/retained-outputs.ts';
import { planTarget, type PlannedTarget } from '../verify/preview.ts';
import type { VerifyInput, VerifyResult } from '../verify/verification.ts';
import { verifyVersion } from '../verify/verify-version.ts';
import { Adapters } from './compose.ts';
import { loadConfig, type Config } from '../operator/config.ts';
import { headCommit } from './head-commit.ts';
import { toolVersion } from '../operator/tool-version.ts';

export interface VerifierOptions {
  readonly envFile?: string;
  /** In place of NNS_WATCH_CACHE_DIR. */
  readonly cacheDir?: string;
  /** In place of DOWNLOAD_SOURCE. */
  readonly downloadSource?: Mirror | 'both';
  /** Empty the cache first. */
  readonly clean: boolean;
}

export interface Planned extends PlannedTarget {
  readonly network: string;
  readonly proposal: Proposal | null;
  readonly blocker: Blocker | null;
  /** How fit this machine is for the build; null: there is none, or nothing could be examined. */
  readonly host: HostFacts | null;
  /** What a run would cost, by what earlier ones did here. */
  readonly estimate: PlanEstimate;
}

/** The program as `verify` needs it. */
export interface Verifier {
  readonly network: string;
  readonly toolVersion: string;
  readonly mirrors: readonly Mirror[];
  /** Components that COMPONENTS names; empty: it names none. */
  readonly components: readonly Component[];
  readonly now: () => number;
  /** Seconds that the latest builds took here, newest first. */
  readonly pastBuilds: () => Promise<readonly number[]>;
  readonly verify: (input: VerifyInput, progress: OnProgress, signal: AbortSignal) => Promise<VerifyResult>;
  /** Touches nothing but the proposal itself, which it has to read. */
  readonly plan: (input: VerifyInput, signal: AbortSignal) => Promise<Planned>;
  /** HEAD of the IC repository around the current directory. */
  readonly headCommit: () => Promise<string>;
  readonly close: () => Promise<void>;
}

export async function openVerifier(options: VerifierOptions): Promise<Verifier> {
  const config = await configure(options);
  const adapters = new Adapters(config, options.envFile ?? null);
  const { network } = config;
  return {
    network,
    toolVersion,
    mirrors: config.mirrors,
    components: config.components,
    now: () => Date.now(),
    pastBuilds: () => adapters.pastBuilds(),
    verify: async (input, progress, signal) => {
      const deps = await adapters.verifyDeps(progress, signal, (thrown) => progress(notRenewed(thrown)));
      const { target } = input;
      const earlier = target.mode === 'proposal' ? await adapters.newestVerdict(target.id) : null;
      const result = await verifyVersion({ ...input, earlier }, { ...deps, proposals: existing(deps.proposals) });
      const proven = result.verdict?.outcome === 'verified' ? result.scope?.commit : null;
      // Bit by bit what was downloaded: nobody needs both.
      if (proven && !input.keep) await removeBuilt(config.cacheDir, proven);
      return result;
    },
    plan: (input, signal) => plan(input, adapters, signal),
    headCommit: () => headCommit(adapters.exec, config),
    close: () => adapters.close(),
  };
}

/**
 * Whoever mistypes a number is told so, and no run is made of it. Only the canister's certified word counts: an answer
 * that cannot be had or trusted stays inconclusive.
 */
export function existing(proposals: ProposalReader): ProposalReader {
  return {
    read: async (id, signal) => {
      const reading = await proposals.read(id, signal);
      if (reading.status === 'unavailable' && reading.kind === 'absent' && reading.code === 'no-such-proposal') {
        throw new WatchError(
          'input',
          'no-such-proposal',
          `no such proposal: the canister certifies that no ${id} exists`,
        );
      }
      return reading;
    },
  };
}

function notRenewed(thrown: unknown): Progress {
  const { code, message } = asWatchError(thrown);
  return { type: 'trouble', sentence: `The hold on a commit was not renewed: ${message} (${code})` };
}

async function configure({ envFile, cacheDir, downloadSource, clean }: VerifierOptions): Promise<Config> {
  const config = loadConfig(process.env, envFile === undefined ? {} : { envFile });
  if (clean) {
    if (config.environment['NNS_WATCH_CACHE_DIR']) {
      throw new WatchError('input', 'clean-with-cache-dir', '--clean cannot be used with NNS_WATCH_CACHE_DIR.');
    }
    await rm(config.cacheDir, { recursive: true, force: true });
  }
  const mirrors = { both: ['systems', 'network'], systems: ['systems'], network: ['network'] } as const;
  return {
    ...config,
    ...(cacheDir === undefined ? {} : { cacheDir: resolve(cacheDir) }),
    ...(downloadSource === undefined ? {} : { mirrors: mirrors[downloadSource] }),
  };
}

/** Keeps nothing: a plan touches nothing on this machine. */
const forgetful: Blobs = { put: async (bytes) => sha256(bytes), get: async () => null };

async function plan(input: VerifyInput, adapters: Adapters, signal: AbortSignal): Promise<Planned> {
  const deps = { proposals: existing(adapters.proposals(forgetful)), signal };
  const planned = await planTarget(input, deps);
  const host = planned.plan.build === null ? null : await hostFacts(adapters, signal);
  const { images, build } = planned.plan;
  const estimate = estimatePlan(images, build !== null, await pastCosts(adapters.config));
  return { network: adapters.config.network, ...planned, host, estimate };
}

/** What stands in the way of a build on this machine; null: it could not be examined. */
async function hostFacts(adapters: Adapters, signal: AbortSignal): Promise<HostFacts | null> {
  const key = evidenceKey.host();
  const { host } = adapters.world(forgetful).collectors;
  const nothing = (): Promise<never> => Promise.reject(new WatchError('bug', 'host-asks', 'the host asks for nothing'));
  const around = { signal, progress: () => undefined, commit: null, evidence: new Evidence(), observe: nothing };
  const seen = await host.collect(key, around);
  return seen.status === 'observed' ? seen.value : null;
}

import { lookup } from 'node:dns/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock as clock } from '../platform/clock.ts';
import { connectPatiently } from '../platform/connect-timeout.ts';
import { createExec, type Exec } from '../platform/exec.ts';
import { createHttp, type Http } from '../platform/http.ts';
import { createGit, type Git } from '../verify/git/git.ts';
import { createRootsFile } from '../verify/git/roots-file.ts';
import type { Machine } from '../verify/collect/host-probes.ts';
import type { Config } from '../operator/config.ts';
import { PARTS, type Part } from './loaded-parts.ts';
import { once } from '../platform/once.ts';
import { thisMachine } from '../service/machine.ts';
import { boundaryHosts, BUILT_IN_HOSTS } from '../app/own-hosts.ts';
import { toolVersion } from '../operator/tool-version.ts';

/** What the looks may use of the world. */
export interface DoctorPorts {
  readonly config: Config;
  /** The settings file, where one was given. */
  readonly envFile: string | null;
  readonly machine: Machine & { readonly cores: number };
  readonly exec: Exec;
  readonly http: Http;
  readonly git: Git;
  readonly clock: { now(): number };
  /** Addresses of a host, as this machine's resolver gives them. */
  readonly resolve: (host: string) => Promise<readonly string[]>;
  /** Directory of podman's images when root runs it. */
  readonly containersDir: string;
  /** Libraries that are loaded on demand. */
  readonly parts: readonly Part[];
}

/** Most milliseconds of one exchange: below what a look may take, so that it can say itself what did not answer. */
export const EXCHANGE_MS = 8_000;

/** Where systemd keeps the installed builder: what limits it limits the builds, whoever asks the doctor. */
const BUILDER_GROUP = '/system.slice/nns-watch-build.service';

/** The real ones. Nothing is opened or written by making them. */
export function doctorPorts(config: Config, envFile: string | null): DoctorPorts & { close: () => Promise<void> } {
  const exec = createExec();
  const env = config.environment;
  const stallTimeoutMs = Math.min(config.stallTimeoutMs, EXCHANGE_MS);
  connectPatiently(stallTimeoutMs);
  const ownHosts = new Set([...BUILT_IN_HOSTS, ...boundaryHosts(config)]);
  const http = createHttp({ env, stallTimeoutMs, clock, userAgent: `nns-watch/${toolVersion}`, ownHosts });
  let scratch: string | undefined;
  // Git's file of roots is written anew, beside the one that the service uses.
  const rootsFile = once(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'nns-watch-doctor-'));
    return createRootsFile(env, scratch)();
  });
  return {
    config,
    envFile,
    machine: { ...thisMachine([BUILDER_GROUP]), cores: availableParallelism() },
    exec,
    http,
    git: createGit({ exec, clock, env, rootsFile, stallTimeoutMs }),
    clock,
    resolve: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
    containersDir: '/var/lib/containers',
    parts: PARTS,
    close: async () => {
      await http.close();
      if (scratch !== undefined) await rm(scratch, { recursive: true, force: true });
    },
  };
}

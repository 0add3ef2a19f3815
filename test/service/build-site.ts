import { unavailable, type Observation } from '../../src/domain/evidence.ts';
import type { Component } from '../../src/domain/component.ts';
import type { Builder, BuildOutcome, BuildRequest } from '../../src/domain/ports.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { BUILD, flipped, imageHash, MEASUREMENTS, MEASUREMENTS_SHA } from '../support/evidence.ts';
import type { Outside, SimElection } from './outside.ts';

export interface BuildSiteOptions {
  readonly outside: Outside;
  readonly clock: Clock;
  readonly seconds: number;
  /** Told when a build begins and when it ends; what it gives back is awaited. */
  readonly noted?: (what: 'begins' | 'ends', request: BuildRequest) => void;
}

const STEP_MS = 30_000;

/** A builder whose builds take their time by the clock and give what the election's story says. */
export function buildSite({ outside, clock, seconds, noted = () => undefined }: BuildSiteOptions): Builder {
  return {
    build: async (request, signal, progress) => {
      const began = clock.now();
      noted('begins', request);
      while (!signal.aborted && clock.now() - began < seconds * 1000) {
        progress({ type: 'build', seconds: (clock.now() - began) / 1000, lastLine: 'Building.' });
        await clock.sleep(Math.min(STEP_MS, seconds * 1000), signal);
      }
      noted('ends', request);
      if (signal.aborted) return nothing(request, 'interrupted', clock.now());
      const election = outside.electionOf(request.commit);
      if (!election || election.behaviour === 'build-fails') return nothing(request, 'build-failed', clock.now());
      return files(request, election, seconds, clock.now());
    },
  };
}

function nothing({ components, commit }: BuildRequest, code: string, nowMs: number): BuildOutcome {
  const look = unavailable('rejected', code, 'The build gave nothing.', `build of ${commit}`, nowMs, false);
  return { build: look, images: new Map(components.map((name) => [name, look])), measurements: look };
}

function files(
  { components, attempt, commit }: BuildRequest,
  { behaviour, component: elected, appearsAt = Infinity }: SimElection,
  seconds: number,
  observedAt: number,
): BuildOutcome {
  const seen = <T>(value: T): Observation<T> => ({
    status: 'observed',
    value,
    source: `local build of ${commit}, attempt ${attempt}`,
    observedAt,
  });
  const isMended = observedAt / 1000 >= appearsAt;
  const differs = (behaviour === 'differs' && !isMended) || (behaviour === 'differs-once' && attempt === 1);
  const lost = unavailable('absent', 'build-failed', 'Exit 0, but no file.', `build of ${commit}`, observedAt, false);
  const hash = (name: Component) => (differs && name === elected ? flipped(imageHash(name)) : imageHash(name));
  return {
    build: seen({ ...BUILD, seconds }),
    images: new Map(
      components.map((name) => {
        const isLost = behaviour === 'leaves-out' && name === elected;
        return [name, isLost ? lost : seen({ sha256: hash(name), bytes: 1000 })];
      }),
    ),
    measurements: seen({ sha256: MEASUREMENTS_SHA, bytes: 100, entries: MEASUREMENTS }),
  };
}

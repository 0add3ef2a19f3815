import type { Attestation, EvidenceKey, Observation } from '../../src/domain/evidence.ts';
import type { LaunchMeasurement } from '../../src/domain/proposal.ts';
import type { Question } from '../../src/verify/plan.ts';
import {
  ABSENT,
  claims,
  COMMIT_SUBJECT,
  election,
  flipped,
  good,
  MEASUREMENTS,
  missing,
  OTHER_COMMIT,
  seen,
  sha,
} from './evidence.ts';
import { type World } from './world.ts';

/** One question of each form that the program is asked. */
export const QUESTIONS: [string, Partial<Question>][] = [
  ['a GuestOS election', { subject: election({ retires: [OTHER_COMMIT] }) }],
  ['a HostOS election', { subject: election({ component: 'hostos' }) }],
  ['an election with flags and one mirror', { flags: ['setupos'], mirrors: ['systems'] }],
  ['a GuestOS election without measurements', { subject: election({ launchMeasurements: null }) }],
  ['a commit', { subject: COMMIT_SUBJECT }],
];

/** A value of the same kind that an honest world would not show. */
export function altered(key: EvidenceKey): Observation<unknown> {
  const look = good(key);
  if (look.status !== 'observed') return look;
  const value = look.value as Record<string, unknown>;
  switch (key.kind) {
    case 'image':
    case 'local-image':
      return seen({ ...value, sha256: flipped(value['sha256'] as string) });
    case 'sums': {
      const entries = value['entries'] as { name: string; sha256: string }[];
      const changed = entries.map((entry) => ({ ...entry, sha256: flipped(entry.sha256) }));
      return seen({ ...value, entries: changed, sha256: sha(JSON.stringify(changed)) });
    }
    case 'measurements':
    case 'local-measurements': {
      const [first, ...rest] = MEASUREMENTS as [LaunchMeasurement, ...LaunchMeasurement[]];
      return seen({ ...value, sha256: sha('altered'), entries: [{ ...first, vcpuType: 'other' }, ...rest] });
    }
    case 'measured':
      return seen({ ...value, rootHash: 'ff' });
    case 'commit-refs':
      return seen({ presence: 'off-refs', refs: [] });
    case 'attestations': {
      const bad: Attestation = { status: 'signed', claims: claims('guestos', { sourceDigest: OTHER_COMMIT }) };
      return seen({ ...value, attestations: [bad] });
    }
    case 'tree':
    case 'host':
    case 'build':
    case 'registry':
    case 'registry-version':
    case 'dashboard':
    case 'proposal':
      return look;
  }
}

/** What can become of one look. */
export type Fate = 'good' | 'altered' | 'down' | 'absent' | 'never';
export const FATES: readonly Fate[] = ['good', 'altered', 'down', 'absent', 'never'];

export function meet(world: World, key: EvidenceKey, fate: Fate): void {
  const looks: Record<Fate, Observation<unknown> | undefined> = {
    good: good(key),
    altered: altered(key),
    down: missing(),
    absent: ABSENT,
    never: undefined,
  };
  world.set(key, looks[fate] as never);
}

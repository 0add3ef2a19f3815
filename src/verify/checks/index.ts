import type { Check, CheckId } from '../../domain/check.ts';
import { buildReproduces } from './build-reproduces.ts';
import { commitOnReleaseRef } from './commit-on-release-ref.ts';
import { dashboardAgrees } from './dashboard-agrees.ts';
import { measurementsFromImage } from './measurements-from-image.ts';
import { measurementsMatch } from './measurements-match.ts';
import { mirrorsAgree } from './mirrors-agree.ts';
import { packageHash } from './package-hash.ts';
import { payloadLint } from './payload-lint.ts';
import { provenance } from './provenance.ts';
import { registryAsVerified } from './registry-as-verified.ts';
import { retireListInUse } from './retire-list-in-use.ts';
import { sumsListArtifact } from './sums-list-artifact.ts';
import { textMatchesPayload } from './text-matches-payload.ts';

/** Every check, in the order in which people read them. */
export const CHECKS: readonly Check[] = [
  packageHash,
  sumsListArtifact,
  commitOnReleaseRef,
  buildReproduces,
  measurementsMatch,
  measurementsFromImage,
  mirrorsAgree,
  provenance,
  payloadLint,
  textMatchesPayload,
  retireListInUse,
  dashboardAgrees,
  registryAsVerified,
];

/** The check of an id. */
export function checkOf(id: CheckId): Check {
  const check = CHECKS.find((each) => each.id === id);
  if (!check) throw new Error(`no such check: ${id}`);
  return check;
}

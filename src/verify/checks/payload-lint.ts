import type { Check, Finding, Scope } from '../../domain/check.ts';
import { parseCommitId } from '../../domain/ids.ts';
import type { ElectedVersion, LaunchMeasurement } from '../../domain/proposal.ts';
import { electionOf, listsMeasurements, noElection, retiresOf, whole } from '../rules/cells.ts';
import { quote } from '../rules/compare.ts';
import { advice } from '../rules/judgement.ts';
import { lintUrls } from '../rules/lint-urls.ts';

const IDENTITY = { id: 'payload-lint', tier: 'advisory', phase: 'before-build' } as const;
/** SEV-SNP measurements are 48 bytes. @see https://github.com/dfinity/ic (rs/protobuf, replica_version.rs) */
const MEASUREMENT_DIGITS = 96;
/** Lists are strangers' and of any length; this many sentences say enough. */
const SHOWN = 10;

/** What the registry accepts in a payload although no honest release has it. */
export const payloadLint: Check = {
  ...IDENTITY,
  title: 'The payload has the form of a release payload',
  see: 'https://github.com/dfinity/ic/blob/master/rs/registry/canister/src/mutations/do_revise_elected_replica_versions.rs',
  plan: (scope) => whole(IDENTITY, retiresOf(scope) ? { needs: [] } : noElection(scope)),
  judge: (_cell, scope) => advice('The payload shows nothing unusual.', lint(scope)),
};

function lint(scope: Scope): readonly Finding[] {
  const version = electionOf(scope)?.version;
  const elected = version
    ? [...lintUrls(version), ...lintMeasurements(version, listsMeasurements(scope, version.component))]
    : [];
  return [...elected, ...lintRetires(retiresOf(scope) ?? [], version)];
}

/** The one place that tells of a missing field; an empty one is a mismatch of measurements-match. */
function lintMeasurements({ launchMeasurements }: ElectedVersion, expected: boolean): readonly Finding[] {
  if (launchMeasurements === null) {
    if (!expected) return [];
    const sentence = 'The proposal carries no launch measurements, so nothing on chain binds what nodes will attest.';
    return [{ id: 'payload-lint/measurements-missing', severity: 'serious', sentence }];
  }
  const lengths = launchMeasurements.filter(({ measurement }) => !isMeasurement(measurement)).map(wrongLength);
  const digits = launchMeasurements.map(({ measurement }) => measurement.toLowerCase());
  const sentence = 'The proposal carries the same launch measurement more than once.';
  const twice = { id: 'payload-lint/duplicate-measurement', severity: 'warning', sentence } as const;
  return [...lengths.slice(0, SHOWN), ...(hasDuplicates(digits) ? [twice] : [])];
}

function isMeasurement(text: string): boolean {
  return text.length === MEASUREMENT_DIGITS && /^[0-9a-f]+$/i.test(text);
}

function wrongLength({ measurement }: LaunchMeasurement): Finding {
  const sentence = `The launch measurement ${quote(measurement, 24)} is not 48 bytes long.`;
  return { id: 'payload-lint/measurement-length', severity: 'warning', sentence };
}

function lintRetires(retires: readonly string[], version: ElectedVersion | undefined): readonly Finding[] {
  const malformed = retires
    .filter((text) => parseCommitId(text) === null)
    .map((text): Finding => ({
      id: 'payload-lint/retire-not-a-commit',
      severity: 'warning',
      sentence: `The version ${quote(text)} to retire is not a commit id.`,
    }));
  const own: Finding = {
    id: 'payload-lint/elected-also-retired',
    severity: 'serious',
    sentence: 'The elected version is also on the list of versions to retire: execution would fail.',
  };
  const twice: Finding = {
    id: 'payload-lint/duplicate-retire',
    severity: 'warning',
    sentence: 'The list of versions to retire names a version more than once.',
  };
  const isOwn = version !== undefined && retires.some((text) => text === version.commit);
  return [...malformed.slice(0, SHOWN), ...(isOwn ? [own] : []), ...(hasDuplicates(retires) ? [twice] : [])];
}

function hasDuplicates(texts: readonly string[]): boolean {
  return new Set(texts).size < texts.length;
}

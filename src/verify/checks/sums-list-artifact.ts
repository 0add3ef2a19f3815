import { fileName } from '../../domain/artifact.ts';
import type { Caveat, Cell, Check, Comparison, Judgement, Scope, Side } from '../../domain/check.ts';
import { componentFacts, MEASUREMENTS_FILE, SUMS_FILE, type Component } from '../../domain/component.ts';
import type { Evidence, FileHash, SumsFile } from '../../domain/evidence.ts';
import type { CommitId } from '../../domain/ids.ts';
import {
  ELECTS_NOTHING,
  electionOfComponent,
  listsMeasurements,
  NOT_IN_RELEASE,
  perComponent,
} from '../rules/cells.ts';
import { bounded } from '../../domain/bounded.ts';
import { compare, contradicts, hashSide, listing } from '../rules/compare.ts';
import { inconclusive, mismatch, verified } from '../rules/judgement.ts';
import { hostOf, listedDigests, mirrorKeys, mirrorAnswers, observed, type MirrorAnswer } from '../rules/published.ts';
import { firstGap, publishedReason, type Gap } from '../rules/reasons.ts';

const IDENTITY = { id: 'sums-list-artifact', tier: 'authoritative', phase: 'before-build' } as const;

/** The published SHA256SUMS, fetched now, lists exactly the bytes that are verified. */
export const sumsListArtifact: Check = {
  ...IDENTITY,
  title: 'The published SHA256SUMS lists these files',
  see: 'https://github.com/dfinity/ic/blob/master/ci/scripts/repro-check',
  plan: (scope) =>
    perComponent(IDENTITY, scope, ({ component, why, notInRelease }, commit) => {
      const sums = mirrorKeys('sums', scope, commit, component);
      if (notInRelease) return { needs: sums };
      const files = listsMeasurements(scope, component) ? mirrorKeys('measurements', scope, commit, component) : [];
      const images = why === 'elected' ? [] : mirrorKeys('image', scope, commit, component);
      return { needs: [...sums, ...files, ...images] };
    }),
  judge,
};

/** A file whose line must give a digest that was seen elsewhere. */
interface Wanted {
  readonly name: string;
  readonly seen: readonly Side[];
  /** Why `seen` is empty, where it is. */
  readonly reason: Gap['reason'];
}

type Lists = readonly { readonly url: string; readonly source: string; readonly value: SumsFile }[];

function judge(cell: Cell, scope: Scope, evidence: Evidence): Judgement {
  const { component } = cell;
  const { commit } = scope;
  if (component === null || commit === null) return inconclusive('nothing-to-build', ELECTS_NOTHING);
  const { label } = componentFacts(component);
  if (scope.components.some((scoped) => scoped.component === component && scoped.notInRelease)) {
    return inconclusive('not-published', `There is no ${label} to verify. ${NOT_IN_RELEASE}`);
  }
  const looks = mirrorAnswers('sums', scope, commit, component, evidence);
  const lists = observed(looks);
  if (lists.length === 0) {
    const reason = publishedReason(looks.map(({ look }) => look));
    return inconclusive(reason, `No ${SUMS_FILE} of the ${label} could be read${unusable(looks)}.`);
  }
  const files = wanted(component, commit, scope, evidence);
  const comparisons = files.flatMap((file) => compareLines(file, lists));
  if (comparisons.some(contradicts)) {
    return mismatch(`The ${SUMS_FILE} of the ${label} lists a different hash than expected.`, comparisons);
  }
  const [gap, ...gaps] = files.flatMap((file) => gapsOf(file, lists));
  if (gap) {
    const { reason, sentence } = firstGap([gap, ...gaps]);
    return inconclusive(reason, sentence, { comparisons });
  }
  const names = listing(files.map(({ name }) => name));
  return verified(
    `The ${SUMS_FILE} of the ${label} lists ${names} with the expected ${files.length === 1 ? 'hash' : 'hashes'}.`,
    comparisons,
    {
      caveats: unreadable(looks),
    },
  );
}

/** The elected image is the proposal's; of every other file the published bytes are taken. */
function wanted(component: Component, commit: CommitId, scope: Scope, evidence: Evidence): readonly Wanted[] {
  const election = electionOfComponent(scope, component);
  const name = fileName(component, 'image');
  const image = election
    ? proposed(name, election.version.packageSha256, `proposal ${election.proposal.id}`)
    : downloaded(name, mirrorAnswers('image', scope, commit, component, evidence));
  if (!listsMeasurements(scope, component)) return [image];
  return [image, downloaded(MEASUREMENTS_FILE, mirrorAnswers('measurements', scope, commit, component, evidence))];
}

function proposed(name: string, digest: string, source: string): Wanted {
  return { name, seen: [{ value: digest.toLowerCase(), source }], reason: 'not-published' };
}

function downloaded(name: string, looks: readonly MirrorAnswer<FileHash>[]): Wanted {
  const seen = looks.map(({ url, look }) => hashSide(look, url)).filter(({ value }) => value !== null);
  return { name, seen, reason: publishedReason(looks.map(({ look }) => look)) };
}

function compareLines({ name, seen }: Wanted, lists: Lists): readonly Comparison[] {
  const lines = lists.flatMap(({ source, value }) =>
    listedDigests(value, name).map((digest) => ({ value: digest, source })),
  );
  return lines.flatMap((line) => seen.map((side) => compare(`${name} in ${SUMS_FILE}`, line, side)));
}

function gapsOf({ name, seen, reason }: Wanted, lists: Lists): readonly Gap[] {
  const unlisted = lists
    .filter(({ value }) => listedDigests(value, name).length === 0)
    .map(({ url, value }): Gap => ({
      reason: 'unlisted',
      sentence: `${SUMS_FILE} at ${hostOf(url)} has no line for ${name}${otherLines(value)}.`,
    }));
  if (seen.length > 0) return unlisted;
  return [...unlisted, { reason, sentence: `${name} could not be downloaded, so its line was not compared.` }];
}

/** Such as `SHA256 (file) = digest`, which is never guessed at. */
function otherLines({ otherLines: count }: SumsFile): string {
  return count === 0 ? '' : `; lines that are not of the form “digest  file” and are not read: ${count}`;
}

/** What came, where something came that cannot be read; that nothing did needs no words. */
function unusable(looks: readonly MirrorAnswer<unknown>[]): string {
  const details = looks.flatMap(({ look }) =>
    look?.status === 'unavailable' && look.kind === 'malformed' ? [look.detail] : [],
  );
  return details[0] === undefined ? '' : `: ${bounded(details[0], 240)}`;
}

function unreadable(looks: readonly MirrorAnswer<unknown>[]): readonly Caveat[] {
  return looks
    .filter(({ look }) => look?.status !== 'observed')
    .map(({ url }) => ({
      id: 'sums-list-artifact/mirror-unreachable',
      sentence: `${SUMS_FILE} could not be read at ${hostOf(url)}; that of the other mirror was read.`,
    }));
}

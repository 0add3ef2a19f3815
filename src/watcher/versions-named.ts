import { parseCommitId, type CommitId } from '../domain/ids.ts';

/** The length of a version as candid writes it before the text, and the version: 40 lower-case hex digits. */
const VERSION = /\x28([0-9a-f]{40})/g;
/** Deployments name one or two. */
const MOST = 8;

/**
 * The versions that a deployment's payload names, whichever function it is for: candid writes a text as its length and
 * its bytes, so that no registry can be told a version that does not stand in the payload like this. What else stands
 * there in the same form is named too: rather one version too many than one too few.
 * @see https://github.com/dfinity/candid/blob/master/spec/Candid.md#memory
 */
export function versionsNamed(payload: Uint8Array): readonly CommitId[] {
  const text = Buffer.from(payload).toString('latin1');
  const found = [...text.matchAll(VERSION)].map(([, version]) => parseCommitId(version ?? ''));
  return [...new Set(found.filter((version) => version !== null))].slice(0, MOST);
}

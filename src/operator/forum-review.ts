import { WatchError } from '../domain/errors.ts';
import type { ProposalHistory } from '../domain/proposal-history.ts';
import { editPost, postReply, readDraft, saveDraft, type Discourse, type DraftPlace } from '../notify/discourse.ts';

/** What somebody asked for, in so many words: without `reply` or `post` nobody but the owner of the key sees anything. */
export interface ForumOrder {
  /** The topic that is replied to; null: a topic that is still to be opened. */
  readonly topic: number | null;
  /** Post at once. */
  readonly reply: boolean;
  /** A post of ours whose text is replaced. */
  readonly post: number | null;
}

/** By which a draft of ours is known: the reviewer's own words are never written over. */
const OURS = '- Tool: nns-watch';

/** Does with a review what was asked for; gives what to tell, the address last. */
export async function placeReview(
  forum: Discourse,
  review: string,
  { proposal, verdict }: ProposalHistory,
  { topic, reply, post }: ForumOrder,
): Promise<string> {
  if (proposal === null || verdict === null) {
    throw new WatchError('input', 'forum-no-proposal', 'Only the review of a proposal has a place in the forum.');
  }
  if (post !== null) {
    const reason = `revision ${verdict.revision} of the verdict`;
    return `The post was edited: ${await editPost(forum, post, review, reason)}`;
  }
  if (reply) {
    if (topic === null) throw new WatchError('input', 'forum-no-topic', '--reply needs --topic with its number.');
    return `The reply was posted: ${await postReply(forum, topic, review)}`;
  }
  const title = `Review of proposal ${proposal.id}: ${verdict.verdict.outcome.toUpperCase()}`;
  const place = { key: topic === null ? `new_topic_${proposal.id}` : `topic_${topic}`, topic, title };
  await keepDraft(forum, place, review);
  return `Kept as a draft, which only you see: ${forum.url}${topic === null ? '/my/activity/drafts' : `/t/${topic}`}`;
}

async function keepDraft(forum: Discourse, place: DraftPlace, review: string): Promise<void> {
  const { text, sequence } = await readDraft(forum, place.key);
  if (text !== null && text.trim() !== '' && !text.includes(OURS)) {
    const said = 'There is a draft of your own in that place. Finish or discard it in the forum first.';
    throw new WatchError('input', 'forum-draft-taken', said);
  }
  await saveDraft(forum, place, review, sequence);
}

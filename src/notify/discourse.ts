import { z } from 'zod';
import type { WatchError } from '../domain/errors.ts';
import { plainText } from '../domain/text.ts';
import { CHAT_LIMITS, chatError, exchange, objectIn, readAnswer, retryAfterOf, type Fetch } from './transport.ts';

/** A forum that runs Discourse, as one of its users. */
export interface Discourse {
  /** Without a slash at its end; a forum may be in a folder of its host. */
  readonly url: string;
  /** A user API key with the scopes `read` and `write`. @see https://meta.discourse.org/t/user-api-keys-specification/48536 */
  readonly key: string;
  readonly fetch: Fetch;
  /** UTC milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Where a draft belongs: a reply to a topic, or a topic that is still to be opened. */
export interface DraftPlace {
  readonly key: string;
  readonly topic: number | null;
  readonly title: string;
}

const savedDraft = z.object({ draft: z.string().nullish(), draft_sequence: z.number().int().nullish() });
const draftText = z.object({ reply: z.string().default('') });
const saved = z.object({ success: z.string() });
const posted = z.object({ id: z.number().int(), topic_id: z.number().int(), post_number: z.number().int() });
const edited = z.object({ post: posted });

/** The text of a draft of ours, with the number that says how new it is. @see discourse app/controllers/drafts_controller.rb */
export async function readDraft(
  forum: Discourse,
  key: string,
): Promise<{ readonly text: string | null; readonly sequence: number }> {
  const answer = readAnswer(savedDraft, await call(forum, 'GET', `/drafts/${encodeURIComponent(key)}.json`));
  const sequence = answer.draft_sequence ?? 0;
  if (answer.draft == null) return { text: null, sequence };
  return { text: draftText.safeParse(objectIn(answer.draft)).data?.reply ?? '', sequence };
}

/** Keeps a text as a draft, which its owner alone sees. `sequence`: that of the draft that was read. */
export async function saveDraft(forum: Discourse, place: DraftPlace, text: string, sequence: number): Promise<void> {
  const { key, topic, title } = place;
  const what = topic === null ? { action: 'createTopic', title } : { action: 'reply', topicId: topic };
  const data = JSON.stringify({ reply: text, archetypeId: 'regular', ...what });
  readAnswer(saved, await call(forum, 'POST', '/drafts.json', { draft_key: key, sequence, data }));
}

/** Writes a reply that everybody sees; gives its address. @see https://docs.discourse.org/#tag/Posts/operation/createTopicPostPM */
export async function postReply(forum: Discourse, topic: number, text: string): Promise<string> {
  const made = readAnswer(posted, await call(forum, 'POST', '/posts.json', { topic_id: topic, raw: text }));
  return addressOf(forum, made);
}

/** Puts a text in the place of that of a post of ours. */
export async function editPost(forum: Discourse, post: number, text: string, reason: string): Promise<string> {
  const body = { post: { raw: text, edit_reason: reason } };
  return addressOf(forum, readAnswer(edited, await call(forum, 'PUT', `/posts/${post}.json`, body)).post);
}

function addressOf({ url }: Discourse, { topic_id: topic, post_number: number }: z.infer<typeof posted>): string {
  return `${url}/t/${topic}/${number}`;
}

type Method = 'GET' | 'POST' | 'PUT';

async function call(forum: Discourse, method: Method, path: string, body?: object): Promise<unknown> {
  const { url, key, fetch, now, signal } = forum;
  const headers = { accept: 'application/json', 'content-type': 'application/json', 'user-api-key': key };
  const wanted = { method, headers, body: body === undefined ? null : JSON.stringify(body), signal };
  const answer = await exchange(fetch, `${url}${path}`, wanted, CHAT_LIMITS);
  const text = await answer.text();
  if (answer.status === 200) return objectIn(text);
  const host = new URL(url).host;
  throw refusal(host, answer.status, objectIn(text), retryAfterOf(answer.headers, now()));
}

const complaint = z.object({ errors: z.array(z.string()).min(1) });

/** The forum says what it does not like; its words are a stranger's. */
function refusal(host: string, status: number, body: unknown, retryAfter: number | undefined): WatchError {
  const why = complaint.safeParse(body).data?.errors[0];
  const told = `${host} answered ${status}${why === undefined ? '' : `: ${plainText(why, 200)}`}`;
  if (status === 409) return chatError('rejected', 'forum-draft-open', `${told} (the draft is open elsewhere)`);
  if (status >= 500 || status === 429) return chatError('transport', `forum-http-${status}`, told, retryAfter);
  return chatError('rejected', `forum-http-${status}`, told);
}

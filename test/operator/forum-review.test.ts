import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Forum } from '../../simnet/forum.ts';
import type { View } from '../../simnet/types.ts';
import type { Discourse } from '../../src/notify/discourse.ts';
import { placeReview, type ForumOrder } from '../../src/operator/forum-review.ts';
import { reviewText, storedDocument } from '../../src/operator/verdict-documents.ts';
import { everyVerdict, proposalHistoryOf } from '../support/verdicts.ts';

let forum: Forum;
let server: Server;
let user: Discourse;
beforeEach(async () => {
  forum = new Forum();
  server = createServer((request, response) => void forum.host.handle(request, response, {} as View));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const signal = new AbortController().signal;
  user = { url: `http://127.0.0.1:${port}`, key: forum.key, fetch, now: () => 0, signal };
});
afterEach(() => void server.close());

const history = proposalHistoryOf(everyVerdict()[0]!);
const review = reviewText(history, storedDocument(history, { network: 'mainnet', toolVersion: '0.1.0' }))!;
const order = (changes: Partial<ForumOrder> = {}): ForumOrder => ({
  topic: null,
  reply: false,
  post: null,
  ...changes,
});
const place = (changes: Partial<ForumOrder> = {}): Promise<string> =>
  placeReview(user, review, history, order(changes));
const draft = (key: string) => JSON.parse(forum.drafts.get(key)?.data ?? '{}') as Record<string, unknown>;

describe('a review in the forum', () => {
  it('is a draft that only its owner sees, of a topic or of a reply', async () => {
    const { id } = history.proposal!;
    expect(await place()).toBe(`Kept as a draft, which only you see: ${user.url}/my/activity/drafts`);
    const title = `Review of proposal ${id}: VERIFIED`;
    expect(draft(`new_topic_${id}`)).toMatchObject({ reply: review, action: 'createTopic', title });
    await place({ topic: forum.topic });
    expect(draft(`topic_${forum.topic}`)).toMatchObject({ reply: review, action: 'reply', topicId: forum.topic });
    expect(forum.posts).toHaveLength(1);
    expect(forum.asked.filter((what) => what.includes('/posts'))).toEqual([]);
  });

  it('takes the place of a draft of ours, and never that of the reviewer’s own words', async () => {
    const key = `topic_${forum.topic}`;
    const keep = (reply: string): unknown => forum.drafts.set(key, { sequence: 3, data: JSON.stringify({ reply }) });
    keep(`${review}\nof yesterday`);
    await place({ topic: forum.topic });
    expect(draft(key)['reply']).toBe(review);
    keep('My own words.');
    await expect(place({ topic: forum.topic })).rejects.toMatchObject({ kind: 'input', code: 'forum-draft-taken' });
    expect(draft(key)['reply']).toBe('My own words.');
  });

  it('is posted, or put in the place of an own post, only where that is asked for', async () => {
    await expect(place({ reply: true })).rejects.toMatchObject({ code: 'forum-no-topic' });
    expect(await place({ topic: forum.topic, reply: true })).toBe(
      `The reply was posted: ${user.url}/t/${forum.topic}/2`,
    );
    forum.posts[1]!.raw = 'An older revision of it.';
    expect(await place({ post: 2 })).toBe(`The post was edited: ${user.url}/t/${forum.topic}/2`);
    expect(forum.posts.map(({ raw }) => raw)).toEqual(['A stranger wrote this.', review]);
    await expect(place({ post: 1 })).rejects.toMatchObject({ kind: 'rejected', code: 'forum-http-403' });
  });

  it.each([
    ['a key that is not taken', () => void (user = { ...user, key: 'another-key-of-somebody' }), 'forum-http-403'],
    ['a refusal', () => forum.faults.set({ fault: 'invalid' }), 'forum-http-422'],
    ['a limit', () => forum.faults.set({ fault: { retryAfter: 7 } }), 'forum-http-429'],
    ['its trouble', () => forum.faults.set({ fault: 'http-500' }), 'forum-http-500'],
    ['a broken way', () => forum.faults.set({ fault: 'reset' }), 'chat-unreachable'],
  ])('is told of %s by its code, and without the key', async (_what, happens, code) => {
    happens();
    const failure = await place({ topic: forum.topic, reply: true }).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code });
    expect(String(failure)).not.toContain(user.key);
    expect(forum.posts).toHaveLength(1);
  });

  it('does not overwrite a draft that is written on elsewhere', async () => {
    forum.faults.clear();
    const read = forum.drafts;
    read.set(`topic_${forum.topic}`, { sequence: 0, data: JSON.stringify({ reply: review }) });
    const changing: typeof fetch = (input, init) => {
      if (init?.method === 'POST') read.set(`topic_${forum.topic}`, { sequence: 9, data: '{"reply":"mine"}' });
      return fetch(input, init);
    };
    user = { ...user, fetch: changing };
    await expect(place({ topic: forum.topic })).rejects.toMatchObject({ code: 'forum-draft-open' });
    expect(draft(`topic_${forum.topic}`)['reply']).toBe('mine');
  });
});

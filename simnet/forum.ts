import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { Faults, serve, type Answer, type Shapes } from './chat/faults.ts';
import { readBody } from './http-kit.ts';
import type { Host } from './types.ts';

const SHAPES: Shapes = {
  serverError: { status: 500, text: 'broken' },
  unauthorized: {
    status: 403,
    json: { errors: ['You are not permitted to view the requested resource.'], error_type: 'invalid_access' },
  },
  invalid: { status: 422, json: { action: 'create_post', errors: ['Body is limited to 32000 characters.'] } },
  rateLimited: (wait) => ({
    status: 429,
    headers: { 'retry-after': String(wait) },
    json: {
      errors: ["You've performed this action too many times."],
      error_type: 'rate_limit',
      extras: { wait_seconds: wait },
    },
  }),
};

/** As Discourse has them by default: max_draft_length, min_post_length, max_post_length. */
const LONGEST_DRAFT = 400_000;
const POST_LENGTHS = [20, 32_000] as const;

const draftBody = z.strictObject({
  draft_key: z.string().min(1).max(40),
  sequence: z.int().min(0),
  data: z.string().max(LONGEST_DRAFT),
});
/** What its composer opens. @see https://github.com/discourse/discourse/blob/main/frontend/discourse/app/models/composer.js */
const draftData = z.looseObject({
  reply: z.string(),
  action: z.enum(['createTopic', 'reply']),
  archetypeId: z.literal('regular'),
});
const postBody = z.strictObject({ topic_id: z.int(), raw: z.string() });
const editBody = z.strictObject({ post: z.strictObject({ raw: z.string(), edit_reason: z.string().optional() }) });

interface Post {
  id: number;
  topic: number;
  number: number;
  raw: string;
  /** Of the user whose key it is. */
  own: boolean;
}

/**
 * A forum as Discourse has it, with one topic and one user, who has a user API key.
 * @see https://docs.discourse.org
 * @see https://github.com/discourse/discourse/blob/main/app/controllers/drafts_controller.rb
 */
export class Forum {
  readonly faults = new Faults();
  readonly key = 'f0rum-user-api-key-of-a-reviewer';
  readonly url = 'https://forum.example.org';
  readonly topic = 66_231;
  readonly drafts = new Map<string, { sequence: number; data: string }>();
  readonly posts: Post[] = [{ id: 1, topic: this.topic, number: 1, raw: 'A stranger wrote this.', own: false }];
  /** What was asked for, as `METHOD /path`. */
  readonly asked: string[] = [];

  readonly host: Host = {
    names: ['forum.example.org'],
    handle: (request, response) =>
      serve(request, response, { faults: this.faults, shapes: SHAPES }, () => this.#answer(request)),
  };

  async #answer(request: IncomingMessage): Promise<Answer> {
    const what = `${request.method ?? ''} ${request.url ?? ''}`;
    this.asked.push(what);
    if (request.headers['user-api-key'] !== this.key) return SHAPES.unauthorized;
    const read = /^GET \/drafts\/([\w-]{1,40})\.json$/.exec(what)?.[1];
    if (read !== undefined) return this.#draft(read);
    const type = request.headers['content-type'] ?? '';
    if (!type.startsWith('application/json')) return { status: 415, text: '' };
    const body = JSON.parse(Buffer.from(await readBody(request)).toString()) as unknown;
    if (what === 'POST /drafts.json') return this.#keep(body);
    if (what === 'POST /posts.json') return this.#post(body);
    const post = /^PUT \/posts\/(\d+)\.json$/.exec(what)?.[1];
    if (post !== undefined) return this.#edit(Number(post), body);
    return {
      status: 404,
      json: { errors: ['The requested URL or resource could not be found.'], error_type: 'not_found' },
    };
  }

  #draft(key: string): Answer {
    const kept = this.drafts.get(key);
    return { status: 200, json: { draft: kept?.data ?? null, draft_sequence: kept?.sequence ?? 0 } };
  }

  #keep(body: unknown): Answer {
    const read = draftBody.safeParse(body);
    const data = read.success && draftData.safeParse(JSON.parse(read.data.data));
    if (!read.success || !data || !data.success) {
      return { status: 400, json: { errors: ['You supplied invalid parameters to the request: data'] } };
    }
    const { draft_key: key, sequence } = read.data;
    if ((this.drafts.get(key)?.sequence ?? 0) > sequence) {
      return { status: 409, json: { errors: ['Draft is being edited in another window. Please reload this page.'] } };
    }
    this.drafts.set(key, { sequence, data: read.data.data });
    return { status: 200, json: { success: 'OK', draft_sequence: sequence } };
  }

  #post(body: unknown): Answer {
    const read = postBody.safeParse(body);
    if (!read.success || read.data.topic_id !== this.topic) return SHAPES.unauthorized;
    const { raw, topic_id: topic } = read.data;
    const wrong = lengthFault(raw);
    if (wrong) return wrong;
    const post = { id: this.posts.length + 1, topic, number: this.posts.length + 1, raw, own: true };
    this.posts.push(post);
    return { status: 200, json: shown(post) };
  }

  #edit(id: number, body: unknown): Answer {
    const read = editBody.safeParse(body);
    const post = this.posts.find((each) => each.id === id);
    if (!read.success || !post?.own) return SHAPES.unauthorized;
    const wrong = lengthFault(read.data.post.raw);
    if (wrong) return wrong;
    post.raw = read.data.post.raw;
    return { status: 200, json: { post: shown(post) } };
  }
}

function shown({ id, topic, number, raw }: Post): object {
  return { id, topic_id: topic, topic_slug: 'proposal-to-elect', post_number: number, raw, username: 'reviewer' };
}

function lengthFault(raw: string): Answer | null {
  const [least, most] = POST_LENGTHS;
  if (raw.length >= least && raw.length <= most) return null;
  const error =
    raw.length < least
      ? `Body is too short (minimum is ${least} characters)`
      : `Body is limited to ${most} characters.`;
  return { status: 422, json: { action: 'create_post', errors: [error] } };
}

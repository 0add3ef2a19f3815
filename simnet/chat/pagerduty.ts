import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { readBody } from '../http-kit.ts';
import type { Host } from '../types.ts';
import { Faults, serve, type Answer, type Shapes } from './faults.ts';

/** @see https://developer.pagerduty.com/docs/events-api-v2-overview#response-codes--retry-logic */
const invalid = (...errors: string[]): Answer => ({
  status: 400,
  json: { status: 'invalid event', message: 'Event object is invalid', errors },
});

const SHAPES: Shapes = {
  serverError: { status: 500, json: { status: 'error', message: 'Internal Server Error' } },
  unauthorized: { status: 403, json: { status: 'forbidden', message: 'Forbidden' } },
  invalid: invalid('payload.custom_details is too big'),
  rateLimited: (retryAfter) => ({
    status: 429,
    headers: { 'retry-after': String(Math.ceil(retryAfter)) },
    json: { status: 'throttle exceeded', message: 'Requests for this service are arriving too quickly.' },
  }),
};

const event = z.strictObject({
  routing_key: z.string().length(32),
  event_action: z.enum(['trigger', 'acknowledge', 'resolve']),
  dedup_key: z.string().min(1).max(255).optional(),
  client: z.string().optional(),
  client_url: z.url().optional(),
  links: z.array(z.strictObject({ href: z.url(), text: z.string() })).optional(),
  images: z.array(z.unknown()).optional(),
  payload: z
    .strictObject({
      summary: z.string().min(1).max(1024),
      source: z.string().min(1),
      severity: z.enum(['critical', 'error', 'warning', 'info']),
      timestamp: z.iso.datetime().optional(),
      component: z.string().optional(),
      group: z.string().optional(),
      class: z.string().optional(),
      custom_details: z.record(z.string(), z.unknown()).optional(),
    })
    .optional(),
});

export interface PagerAlert {
  dedup: string;
  payload: NonNullable<z.infer<typeof event>['payload']>;
  open: boolean;
  triggers: number;
}

/** events.pagerduty.com with one service. */
export class PagerDuty {
  readonly faults = new Faults();
  readonly alerts: PagerAlert[] = [];
  readonly requests: string[] = [];
  readonly routingKey = 'secret0loopback0integration0key0'.slice(0, 32);

  readonly host: Host = {
    names: ['events.pagerduty.com'],
    handle: (request, response) =>
      serve(request, response, { faults: this.faults, shapes: SHAPES }, () => this.#take(request)),
  };

  async #take(request: IncomingMessage): Promise<Answer> {
    if (request.method !== 'POST' || request.url !== '/v2/enqueue') return { status: 404, text: 'Not Found' };
    const body = Buffer.from(await readBody(request));
    if (body.length > 512 * 1024) return { status: 413, text: 'Payload Too Large' };
    const read = event.safeParse(JSON.parse(body.toString()));
    if (!read.success) return invalid(...read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`));
    const { routing_key: key, event_action: action, dedup_key: dedup = 'made-by-the-server', payload } = read.data;
    this.requests.push(action);
    if (key !== this.routingKey)
      return { status: 400, json: { status: 'invalid key', message: 'Invalid routing key' } };
    const open = this.alerts.find((one) => one.dedup === dedup && one.open);
    if (action === 'trigger') {
      if (!payload) return invalid("'payload' is missing or blank");
      if (open) Object.assign(open, { payload, triggers: open.triggers + 1 });
      else this.alerts.push({ dedup, payload, open: true, triggers: 1 });
    } else if (open && action === 'resolve') {
      open.open = false;
    }
    return { status: 202, json: { status: 'success', message: 'Event processed', dedup_key: dedup } };
  }
}

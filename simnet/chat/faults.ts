import type { IncomingMessage, ServerResponse } from 'node:http';
import { reset, send } from '../http-kit.ts';

/** What a chat's server does instead of answering. */
export interface ChatFault {
  fault:
    | 'down' // connection reset before anything is read
    | 'stall' // accepts, never answers
    | 'reset' // half of an answer, then the connection is reset; nothing was done
    | 'lost-answer' // does what was asked, and the connection breaks before the answer
    | 'http-500'
    | 'unauthorized'
    | 'invalid' // the body is refused, as if a limit had changed
    | { retryAfter: number }; // 429, seconds
  /** How often; default always. */
  times?: number;
  /** Only requests whose `METHOD /path` it fits. */
  on?: RegExp;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  json?: unknown;
  text?: string;
}

/** How a service words its refusals. */
export interface Shapes {
  serverError: Answer;
  unauthorized: Answer;
  invalid: Answer;
  rateLimited: (retryAfter: number) => Answer;
}

/** Faults that a test sets on one service. */
export class Faults {
  #faults: ChatFault[] = [];

  set(...faults: ChatFault[]): void {
    this.#faults = faults.map((fault) => ({ ...fault }));
  }

  clear(): void {
    this.#faults = [];
  }

  take(request: string): ChatFault['fault'] | undefined {
    const found = this.#faults.find(({ on, times }) => (on?.test(request) ?? true) && times !== 0);
    if (found?.times !== undefined) found.times -= 1;
    return found?.fault;
  }
}

/** Answers one request, or does what its fault says. */
export async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { faults, shapes }: { faults: Faults; shapes: Shapes },
  act: () => Promise<Answer>,
): Promise<void> {
  const fault = faults.take(`${request.method ?? ''} ${request.url ?? ''}`);
  if (fault === 'down') reset(response);
  else if (fault === 'stall') request.resume();
  else if (fault === 'reset') breakOff(response);
  else if (fault === 'lost-answer') {
    await act();
    reset(response);
  } else if (fault === undefined) write(response, await act());
  else write(response, refusal(fault, shapes));
}

function refusal(fault: 'http-500' | 'unauthorized' | 'invalid' | { retryAfter: number }, shapes: Shapes): Answer {
  if (fault === 'http-500') return shapes.serverError;
  if (fault === 'invalid') return shapes.invalid;
  return fault === 'unauthorized' ? shapes.unauthorized : shapes.rateLimited(fault.retryAfter);
}

function breakOff(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"id":', () => reset(response));
}

function write(response: ServerResponse, { status, headers = {}, json, text }: Answer): void {
  const type = json === undefined ? 'text/plain; charset=utf-8' : 'application/json';
  const body = json === undefined ? (text ?? '') : JSON.stringify(json);
  send(response, status, status === 204 ? '' : body, { 'content-type': type, ...headers });
}

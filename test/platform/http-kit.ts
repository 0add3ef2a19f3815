import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { HttpRequest } from '../../src/platform/http.ts';
import { startLoopback, type Answer, type Loopback } from './loopback.ts';

export const limits = { bytes: 1000, redirects: 2, totalMs: 5000 };
export const at = (path: string): string => `https://files.example.org${path}`;

/** A loopback Internet for the tests of one file, empty before each, and requests to one of its hosts. */
export function httpRig() {
  let net: Loopback;
  beforeAll(async () => {
    net = await startLoopback();
  });
  beforeEach(() => {
    net.answers.clear();
    net.requests.length = 0;
  });
  afterAll(() => net.close());
  return {
    get net(): Loopback {
      return net;
    },
    get: (path: string, more: Partial<HttpRequest> = {}) => net.http.request({ url: at(path), limits, ...more }),
    answer: (path: string, with_: Answer): void => {
      net.answers.set(`files.example.org${path}`, with_);
    },
  };
}

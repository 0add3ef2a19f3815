import { afterAll, beforeAll } from 'vitest';
import { pageSourceOf } from '../../src/operator/status-queries.ts';
import { redactor } from '../../src/platform/redact.ts';
import { statusSite } from '../../src/status/site.ts';
import { HOSTILE } from '../notify/hostile.ts';
import { COMMIT, imageHash } from '../support/evidence.ts';
import { BUILDING_COMMIT, IDS, NOTIFIERS } from './filled.ts';
import { openSite, type OpenSite } from './kit.ts';

export const SECRET = 'sup3r-secret-token';

/** For the tests of one file, with everything that a stranger can write. */
export function hostileSite(): { readonly site: OpenSite } {
  let site: OpenSite;
  beforeAll(
    async () => void (site = await openSite({ hostileTitle: HOSTILE.join(' ').slice(0, 3000), secrets: [SECRET] })),
    60_000,
  );
  afterAll(() => site.close());
  return {
    get site() {
      return site;
    },
  };
}

/** An answer of a source that remembers none. */
export async function freshAnswer(site: OpenSite, path: string): Promise<string> {
  const source = pageSourceOf(site.database, site.config, NOTIFIERS);
  const fresh = statusSite(source, { listenHost: '127.0.0.1', redact: redactor([SECRET]), failed: () => undefined });
  return (await fresh.fetch(new Request(`http://127.0.0.1${path}`, { headers: { Host: '127.0.0.1' } }))).text();
}

export const PAGES = [
  '/',
  '/history',
  '/history?outcome=verified&kind=elect-guestos',
  ...Object.values(IDS).map((id) => `/proposals/${id}`),
  `/commits/${COMMIT}`,
  `/commits/${BUILDING_COMMIT}`,
  `/hashes/${imageHash('guestos')}`,
  '/nothing/here',
];
export const JSONS = [
  '/status.json',
  '/history.json',
  `/proposals/${IDS.verified}.json`,
  `/commits/${COMMIT}.json`,
  '/healthz',
  '/readyz',
];

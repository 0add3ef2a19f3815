import { expect } from 'vitest';
import { faultsOf } from './schemas.ts';
import type { RunningProgram } from './service.ts';

/** Where a running service says that its status page is; waits until it does. */
export async function pageOf(watch: RunningProgram): Promise<string> {
  const said = /"url":"(http:\/\/127\.0\.0\.1:\d+\/)"/;
  await watch.until(({ stderr }) => said.test(stderr));
  return said.exec(watch.stderr)?.[1] ?? '';
}

/** Reads the status page of a service that has judged these proposals, as people, programs and a monitor would. */
export async function walkPage(
  url: string,
  outcomes: readonly (readonly [id: string | undefined, outcome: string])[],
): Promise<void> {
  const read = async (path: string): Promise<string> => {
    const answer = await fetch(new URL(path, url));
    expect([path, answer.status]).toEqual([path, 200]);
    return answer.text();
  };
  const overview = await read('/');
  expect(overview).toMatch(/<div class="alarm" role="alert">NOT MAINNET: /);
  for (const [id = '', outcome] of outcomes) {
    expect(overview).toContain(`/proposals/${id}`);
    expect(await read(`/proposals/${id}`)).toContain(`<strong class="word">${outcome.toUpperCase()}</strong>`);
    const json = JSON.parse(await read(`/proposals/${id}.json`)) as { verdict: unknown };
    expect(faultsOf('verdict', json)).toEqual([]);
    expect(json.verdict).toMatchObject({ outcome });
    expect(await read(`/badge/${id}.svg`)).toContain('NOT MAINNET');
  }
  expect(await read('/history?outcome=mismatch')).toContain('One election');
  expect(JSON.parse(await read('/healthz'))).toMatchObject({ ok: true, problems: [] });
  expect(JSON.parse(await read('/readyz'))).toMatchObject({ ready: true });
  expect(await read('/feed.atom')).toContain('urn:nns-watch:proposal:');
  const metrics = await read('/metrics');
  expect(metrics).toMatch(/^nns_watch_builds_total [1-9]/m);
  expect(metrics).toContain('nns_watch_healthy 1\n');
  const log = /\/logs\/[0-9a-f]{64}/.exec(await read(`/proposals/${outcomes[0]?.[0] ?? ''}`))?.[0] ?? '';
  expect(await read(log)).toMatch(/^NOT MAINNET: .*\n\[nns-watch: bytes 0 to \d+ of \d+\]\n/);
}

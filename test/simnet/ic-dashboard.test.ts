import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Simnet } from '../../simnet/simnet.ts';
import type { Scenario } from '../../simnet/types.ts';
import { clientOf, MEASUREMENTS, scenarioWith, startPlainSimnet } from './ic-kit.ts';

const API = 'https://ic-api.internetcomputer.org/api/v3/proposals';

let simnet: Simnet;
beforeAll(async () => {
  simnet = await startPlainSimnet();
});
afterAll(() => simnet.close());

interface Shown {
  id: number;
  proposal_id: number;
  proposer: string;
  topic: string;
  status: string;
  payload: Record<string, unknown>;
}

async function get(
  scenario: Scenario,
  path: (id: bigint) => string,
): Promise<{ status: number; body: string; id: bigint }> {
  const view = await simnet.openView(scenario);
  const { fetch, close } = await clientOf(view);
  const response = await fetch(API + path(view.proposalId));
  const answer = { status: response.status, body: await response.text(), id: view.proposalId };
  await close();
  await view.close();
  return answer;
}

test('shows the proposal with the payload of the candid, and its traps', async () => {
  const { status, body, id } = await get(scenarioWith(), (id) => `/${id}`);
  const shown = JSON.parse(body) as Shown;
  expect(status).toBe(200);
  expect(shown).toMatchObject({
    proposal_id: Number(id),
    proposer: '80',
    status: 'OPEN',
    topic: 'TOPIC_IC_OS_VERSION_ELECTION',
  });
  expect(shown.id).not.toBe(Number(id));
  expect(body).toContain('"total":46334384189105008');
  const { release, artifacts } = { release: simnet.artifacts.releases.get('good')!, artifacts: simnet.artifacts };
  expect(shown.payload).toMatchObject({
    replica_version_to_elect: release.commit,
    release_package_sha256_hex: artifacts.publishedSha256(release, 'guestos'),
    guest_launch_measurements: {
      guest_launch_measurements: MEASUREMENTS.map(({ measurement, kernel_cmdline, vcpu_type }) => ({
        measurement,
        metadata: { kernel_cmdline, vcpu_type },
      })),
    },
  });
});

test('lists newest first, by topic, and in pages', async () => {
  const topic = 'include_topic=TOPIC_IC_OS_VERSION_ELECTION';
  const { body, id } = await get(scenarioWith(), () => `?limit=5&${topic}`);
  const { data } = JSON.parse(body) as { data: Shown[] };
  expect(data).toHaveLength(5);
  expect(data[0]!.proposal_id).toBe(Number(id));
  expect(new Set(data.map((shown) => shown.topic))).toEqual(new Set(['TOPIC_IC_OS_VERSION_ELECTION']));
  const next = JSON.parse((await get(scenarioWith(), () => `?limit=5&offset=5&${topic}`)).body) as { data: Shown[] };
  expect(next.data[0]!.proposal_id).toBeLessThan(data[4]!.proposal_id);
});

test.each([
  ['down', 503],
  ['not-found', 404],
] as const)('answers %s where a fault says so', async (fault, expected) => {
  const scenario = scenarioWith({ faults: [{ at: 'dashboard', fault }] });
  expect((await get(scenario, (id) => `/${id}`)).status).toBe(expected);
});

test('shows another hash where a fault says so', async () => {
  const honest = JSON.parse((await get(scenarioWith(), (id) => `/${id}`)).body) as Shown;
  const lying = scenarioWith({ faults: [{ at: 'dashboard', fault: 'other-hash' }] });
  const lied = JSON.parse((await get(lying, (id) => `/${id}`)).body) as Shown;
  expect(lied.payload['release_package_sha256_hex']).toMatch(/^[0-9a-f]{64}$/);
  expect(lied.payload['release_package_sha256_hex']).not.toBe(honest.payload['release_package_sha256_hex']);
});

test('does not know a proposal that is not there', async () => {
  expect((await get(scenarioWith(), () => '/7')).status).toBe(404);
});

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evidenceKey } from '../../../src/domain/evidence.ts';
import { parseProposalId } from '../../../src/domain/ids.ts';
import { createDashboardCollector, parseDashboard } from '../../../src/verify/collect/dashboard.ts';
import { body, status } from '../../platform/loopback.ts';
import { contextOf, startWeb, type Web } from './web.ts';

const REAL = `{"action":"ExecuteNnsFunction","id":118001,"latest_tally":{"no":63497607294091,"total":46334384189105008},
  "proposal_id":143816,"proposer":"17212304975669116357","topic":"TOPIC_IC_OS_VERSION_ELECTION","payload":{
    "release_package_urls":["https://a.example.org/x","https://b.example.org/x"],"release_package_sha256_hex":"AB12",
    "replica_version_to_elect":"79faae8b","guest_launch_measurements":{"guest_launch_measurements":
      [{"measurement":"00ff","metadata":{"kernel_cmdline":"root=x"}}]},"replica_versions_to_unelect":[]}}`;

describe('the dashboard’s answer', () => {
  it('is read by the number of the proposal, not by that of a row', () => {
    expect(parseDashboard(Buffer.from(REAL))).toEqual({
      proposalId: '143816',
      packageSha256: 'AB12',
      packageUrls: ['https://a.example.org/x', 'https://b.example.org/x'],
      version: '79faae8b',
      launchMeasurements: [{ measurement: '00ff', kernelCmdline: 'root=x', vcpuType: null }],
    });
  });

  it('may be of a HostOS, or of a proposal without a package', () => {
    const hostos = { proposal_id: 1, payload: { hostos_version_to_elect: 'v', guest_launch_measurements: null } };
    expect(parseDashboard(Buffer.from(JSON.stringify(hostos)))).toMatchObject({
      version: 'v',
      launchMeasurements: null,
    });
    expect(parseDashboard(Buffer.from('{"proposal_id":1,"payload":null}'))).toMatchObject({ packageUrls: [] });
  });

  it('is read but for what is odd in it, which is named', () => {
    const real = JSON.parse(REAL) as { payload: Record<string, unknown> };
    const [measured] = (real.payload['guest_launch_measurements'] as { guest_launch_measurements: unknown[] })
      .guest_launch_measurements;
    const odd = {
      release_package_urls: ['https://a.example.org/x', 7],
      release_package_sha256_hex: { hex: 'AB12' },
      guest_launch_measurements: { guest_launch_measurements: [measured, null] },
    };
    const bytes = Buffer.from(JSON.stringify({ ...real, payload: { ...real.payload, ...odd } }));
    expect(parseDashboard(bytes)).toEqual({
      proposalId: '143816',
      packageSha256: null,
      packageUrls: ['https://a.example.org/x'],
      version: '79faae8b',
      launchMeasurements: [{ measurement: '00ff', kernelCmdline: 'root=x', vcpuType: null }],
      odd: ['hash', 'URLs', 'launch measurements'],
    });
  });

  it('is read from any bytes without failing', () => {
    const near = fc.anything().map((value) => Buffer.from(JSON.stringify({ proposal_id: 1, payload: value })));
    const json = fc.json().map((text) => Buffer.from(text));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), json, near), (bytes) => {
        const proposal = parseDashboard(bytes);
        return proposal === null || Array.isArray(proposal.packageUrls);
      }),
    );
  });
});

describe('asking the dashboard', () => {
  let web: Web;
  beforeAll(async () => {
    web = await startWeb();
  });
  afterAll(() => web.close());
  const path = 'ic-api.internetcomputer.org/api/v3/proposals/143816';
  const look = () =>
    createDashboardCollector(web.deps).collect(evidenceKey.dashboard(parseProposalId('143816')!), contextOf());

  it('gives its indexing of the proposal', async () => {
    web.net.answers.set(path, body(REAL));
    expect(await look()).toMatchObject({
      status: 'observed',
      source: `https://${path}`,
      value: { version: '79faae8b' },
    });
    expect(web.net.requests[0]?.headers['user-agent']).toBe('test/1');
  });

  it('does not take another proposal, or something else, for the one it asked for', async () => {
    web.net.answers.set(path, body(REAL.replace('143816', '143817')));
    expect(await look()).toMatchObject({ kind: 'malformed', code: 'dashboard-other-proposal' });
    web.net.answers.set(path, body('<html>'));
    expect(await look()).toMatchObject({ kind: 'malformed', code: 'dashboard-unreadable' });
  });

  it('tells an unknown proposal from a dashboard that is down', async () => {
    web.net.answers.set(path, status(404));
    expect(await look()).toMatchObject({ kind: 'absent', code: 'http-404' });
    web.net.answers.set(path, status(502));
    expect(await look()).toMatchObject({ kind: 'transport', code: 'http-502', retryable: true });
  });
});

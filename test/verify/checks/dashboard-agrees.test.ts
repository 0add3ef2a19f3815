import { describe, expect, it } from 'vitest';
import type { DashboardProposal } from '../../../src/domain/dashboard-proposal.ts';
import {
  COMMIT_SUBJECT,
  election,
  flipped,
  ids,
  imageHash,
  key,
  MEASUREMENTS,
  missing,
  OTHER_COMMIT,
  PROPOSAL_ID,
  retireOnly,
  seen,
  version,
} from '../../support/evidence.ts';
import { World } from '../../support/world.ts';

const { packageSha256, packageUrls, commit, launchMeasurements } = version();
const shown = (overrides: Partial<DashboardProposal> = {}) =>
  seen({ proposalId: PROPOSAL_ID, packageSha256, packageUrls, version: commit, launchMeasurements, ...overrides });
const say = (overrides: Partial<DashboardProposal>, world = new World()) =>
  world.set(key.dashboard(PROPOSAL_ID), shown(overrides)).say('dashboard-agrees');

describe('dashboard-agrees', () => {
  it('says nothing when the dashboard shows the same', () => {
    expect(say({})).toMatchObject({ outcome: 'verified', findings: [], caveats: [] });
    const same = { packageSha256: packageSha256.toUpperCase(), launchMeasurements: [...MEASUREMENTS].reverse() };
    expect(say(same).findings).toEqual([]);
    const upper = election({ packageSha256: packageSha256.toUpperCase() as typeof packageSha256 });
    expect(say({}, new World({ subject: upper })).findings).toEqual([]);
  });

  it.each([
    ['hash', { packageSha256: flipped(imageHash('guestos')) }],
    ['version', { version: OTHER_COMMIT }],
    ['URLs', { packageUrls: [packageUrls[0]] }],
    ['URLs', { packageUrls: [...packageUrls, 'x'] }],
    ['URLs', { packageUrls: [packageUrls[0], 'x'] }],
    ['launch measurements', { launchMeasurements: MEASUREMENTS.slice(1) }],
    ['launch measurements', { launchMeasurements: [] }],
  ])('warns when the %s differs (%#)', (what, overrides) => {
    const said = say(overrides);
    expect(said).toMatchObject({ outcome: 'inconclusive', reason: null });
    expect(said.findings).toMatchObject([{ id: 'dashboard-agrees/differs', severity: 'warning' }]);
    expect(said.sentence).toContain(what);
  });

  it('warns when it shows measurements that the payload does not carry', () => {
    const world = new World({ subject: election({ launchMeasurements: null }) });
    expect(ids(say({}, world).findings)).toEqual(['dashboard-agrees/differs']);
  });

  it('does not compare what it does not show', () => {
    const nothing = { packageSha256: null, version: null, packageUrls: [], launchMeasurements: null };
    expect(say(nothing).findings).toEqual([]);
  });

  it('compares what can be read beside what is odd, and tells that', () => {
    const odd: DashboardProposal['odd'] = ['URLs', 'launch measurements'];
    const part = { packageUrls: [packageUrls[0]], launchMeasurements: MEASUREMENTS.slice(1), odd };
    const said = say(part);
    expect(said).toMatchObject({ findings: [], caveats: [{ id: 'dashboard-agrees/not-read' }] });
    expect(said.caveats[0]?.sentence).toContain('URLs and launch measurements');
    expect(ids(say({ ...part, packageUrls: ['x'] }).findings)).toEqual(['dashboard-agrees/differs']);
    const other = [{ ...MEASUREMENTS[0]!, measurement: '0'.repeat(96) }];
    expect(ids(say({ ...part, launchMeasurements: other }).findings)).toEqual(['dashboard-agrees/differs']);
    expect(ids(say({ ...part, packageSha256: flipped(imageHash('guestos')) }).findings)).toEqual([
      'dashboard-agrees/differs',
    ]);
  });

  it('is silent when it is down, and when it shows another proposal', () => {
    for (const look of [missing(), undefined, shown({ proposalId: '118001', version: OTHER_COMMIT })]) {
      const said = new World().set(key.dashboard(PROPOSAL_ID), look).say('dashboard-agrees');
      expect(said).toMatchObject({ outcome: 'inconclusive', reason: 'unreachable', findings: [], caveats: [] });
    }
  });

  it('is skipped where nothing is elected', () => {
    for (const subject of [COMMIT_SUBJECT, retireOnly([OTHER_COMMIT])]) {
      expect(new World({ subject }).plan.skipped.map(({ check }) => check)).toContain('dashboard-agrees');
    }
  });
});

import { describe, expect, it } from 'vitest';
import {
  ABSENT,
  COMMIT_SUBJECT,
  election,
  flipped,
  ids,
  imageHash,
  key,
  missing,
  seen,
  url,
} from '../../support/evidence.ts';
import { unavailable } from '../../../src/domain/evidence.ts';
import { World } from '../../support/world.ts';

const [SYSTEMS, NETWORK] = [url('guestos', 'image', 'systems'), url('guestos', 'image', 'network')];
const right = seen({ sha256: imageHash('guestos'), bytes: 1 });
const wrong = seen({ sha256: flipped(imageHash('guestos')), bytes: 1 });

describe('package-hash', () => {
  it('is verified when every URL gives the proposal’s hash', () => {
    const said = new World().say('package-hash', 'guestos');
    expect(said).toMatchObject({ outcome: 'verified', reason: null, caveats: [], findings: [] });
    expect(said.comparisons).toHaveLength(2);
    expect(said.comparisons[0]).toMatchObject({
      label: 'GuestOS image',
      expected: { value: imageHash('guestos'), source: 'proposal 143816' },
      actual: { value: imageHash('guestos') },
      equal: true,
    });
  });

  it('takes a hash in upper case for the same hash', () => {
    const upper = imageHash('guestos').toUpperCase() as typeof right.value.sha256;
    expect(new World({ subject: election({ packageSha256: upper }) }).say('package-hash', 'guestos').outcome).toBe(
      'verified',
    );
    expect(
      new World().set(key.image(SYSTEMS), seen({ sha256: upper, bytes: 1 })).say('package-hash', 'guestos').outcome,
    ).toBe('verified');
  });

  it.each([SYSTEMS, NETWORK])('is a mismatch when %s differs in one digit, whatever the other gives', (at) => {
    const other = at === SYSTEMS ? NETWORK : SYSTEMS;
    for (const look of [right, wrong, missing(), ABSENT, undefined]) {
      const said = new World().set(key.image(at), wrong).set(key.image(other), look).say('package-hash', 'guestos');
      expect(said).toMatchObject({ outcome: 'mismatch', reason: null, localOnly: false, confirmed: false });
      expect(said.comparisons.some(({ equal, actual }) => !equal && actual.value === wrong.value.sha256)).toBe(true);
    }
  });

  it('looks at every distinct URL once, two of one host included', () => {
    const second = `${SYSTEMS}?second`;
    const world = new World({ subject: election({ packageUrls: [SYSTEMS, SYSTEMS, second] }) });
    expect(world.say('package-hash', 'guestos').comparisons).toHaveLength(2);
    expect(world.set(key.image(second), wrong).say('package-hash', 'guestos').outcome).toBe('mismatch');
  });

  it.each([missing(), ABSENT, undefined])(
    'makes one URL out of reach among others a caveat of the headline',
    (look) => {
      const said = new World().set(key.image(NETWORK), look).say('package-hash', 'guestos');
      expect(said.outcome).toBe('verified');
      expect(ids(said.caveats)).toEqual(['package-hash/url-unreachable']);
      expect(said.caveats[0]).toMatchObject({
        sentence: `One of the proposal’s URLs was not fetched in this run: ${NETWORK}.`,
        inHeadline: true,
      });
      const world = new World().set(key.image(NETWORK), look);
      expect(world.verdict().headline).toContain(` was not fetched in this run: ${NETWORK}.`);
    },
  );

  it('says of a body that was cut that it is longer than the image', () => {
    const cut = unavailable('limit', 'too-many-bytes', 'cut', NETWORK, 0);
    const said = new World().set(key.image(NETWORK), cut).say('package-hash', 'guestos');
    expect(said).toMatchObject({ outcome: 'verified', findings: [] });
    expect(said.caveats[0]?.sentence).toContain(`${NETWORK}, which sends more bytes than the image has.`);
    const none = new World().set(key.image(NETWORK), cut).set(key.image(SYSTEMS), cut).say('package-hash', 'guestos');
    expect(none).toMatchObject({ outcome: 'inconclusive', reason: 'unreachable' });
  });

  it.each([
    [ABSENT, ABSENT, 'not-published'],
    [ABSENT, missing(), 'unreachable'],
    [missing(), missing(), 'unreachable'],
    [undefined, undefined, 'unreachable'],
    [ABSENT, undefined, 'unreachable'],
  ] as const)('is inconclusive when nothing was observed (%#)', (systems, network, reason) => {
    const said = new World()
      .set(key.image(SYSTEMS), systems)
      .set(key.image(NETWORK), network)
      .say('package-hash', 'guestos');
    expect(said).toMatchObject({ outcome: 'inconclusive', reason });
    expect(said.comparisons.every(({ equal }) => !equal)).toBe(true);
    expect(said.sentence).toContain(reason === 'not-published' ? 'no file was found' : 'could be downloaded');
  });

  it.each([
    ['http://evil.example/a', 'url-not-allowed', true],
    ['https://rebinding.example/a', 'address-not-allowed', true],
    ['https://evil.example/a', 'connection-failed', false],
    [`${NETWORK}?x`, 'address-not-allowed', false],
  ] as const)('tells seriously of a URL that is never asked: %s, %s', (odd, refusal, isTold) => {
    const subject = election({ packageUrls: [SYSTEMS, odd] });
    const look = unavailable('rejected', refusal, 'refused', odd, 0);
    const expected = isTold ? [{ id: 'package-hash/url-refused', severity: 'serious' }] : [];
    const outcomes = [undefined, seen({ sha256: flipped(imageHash('guestos')), bytes: 1 }), ABSENT].map((first) => {
      const world = new World({ subject }).set(key.image(odd), look);
      const said = (first === undefined ? world : world.set(key.image(SYSTEMS), first)).say('package-hash', 'guestos');
      expect(said.findings).toMatchObject(expected);
      expect(said.findings).toHaveLength(expected.length);
      return said.outcome;
    });
    expect(outcomes).toEqual(['verified', 'mismatch', 'inconclusive']);
  });

  it('does not take bytes of another component or another URL for an answer', () => {
    const world = new World().clear().set(key.image(url('hostos', 'image')), right);
    expect(world.say('package-hash', 'guestos')).toMatchObject({ outcome: 'inconclusive', reason: 'unreachable' });
  });

  it('asks for a bounded number of URLs, and counts the others as not observed', () => {
    const packageUrls = Array.from({ length: 40 }, (_, index) => `${SYSTEMS}?${index}`) as [string, ...string[]];
    const world = new World({ subject: election({ packageUrls }), mirrors: ['network'] });
    expect(world.plan.evidence.filter(({ kind, subject }) => kind === 'image' && subject.includes('?'))).toHaveLength(
      16,
    );
    const said = world.say('package-hash', 'guestos');
    expect(said.outcome).toBe('verified');
    expect(said.comparisons.filter(({ equal }) => !equal)).toHaveLength(24);
    expect(said.caveats).toEqual([]);
    expect(said.findings).toEqual([
      {
        id: 'package-hash/urls-not-asked',
        severity: 'serious',
        sentence: 'The proposal names 40 URLs; 24 of them were not fetched in this run.',
      },
    ]);
    const none = world.clear().say('package-hash', 'guestos');
    expect(none.outcome).toBe('inconclusive');
    expect(none.sentence.length).toBeLessThan(500);
  });

  it('is one cell of the elected component, and skipped for a commit', () => {
    const cells = (world: World) => world.plan.cells.filter(({ check }) => check === 'package-hash');
    expect(cells(new World())).toMatchObject([{ component: 'guestos', tier: 'authoritative' }]);
    expect(cells(new World({ subject: election({ component: 'hostos' }) }))).toMatchObject([{ component: 'hostos' }]);
    const commit = new World({ subject: COMMIT_SUBJECT });
    expect(cells(commit)).toEqual([]);
    expect(commit.plan.skipped.find(({ check }) => check === 'package-hash')?.reason).toContain('not a proposal');
  });
});

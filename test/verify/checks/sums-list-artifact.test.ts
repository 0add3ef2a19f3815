import { describe, expect, it } from 'vitest';
import type { EvidenceValues } from '../../../src/domain/evidence.ts';
import { parseSums } from '../../../src/verify/collect/sums.ts';
import {
  ABSENT,
  COMMIT_SUBJECT,
  election,
  flipped,
  ids,
  imageHash,
  key,
  MEASUREMENTS,
  MEASUREMENTS_SHA,
  missing,
  seen,
  sumsOf,
  TREE,
  url,
} from '../../support/evidence.ts';
import { World } from '../../support/world.ts';

type Sums = EvidenceValues['sums'];
const IMAGE = 'update-img.tar.zst';
const FILE = 'launch-measurements.json';
const sums = (mirror: 'systems' | 'network') => key.sums(url('guestos', 'checksums', mirror));
const file = (mirror: 'systems' | 'network') => key.measurements(url('guestos', 'measurements', mirror));
const both = (world: World, look: Parameters<World['set']>[1]) =>
  world.set(sums('systems'), look as never).set(sums('network'), look as never);
const say = (world: World) => world.say('sums-list-artifact', 'guestos');

describe('sums-list-artifact', () => {
  it('is verified when both mirrors list the proposal’s image and the published measurements', () => {
    const said = say(new World());
    expect(said).toMatchObject({ outcome: 'verified', caveats: [] });
    expect(said.comparisons.map(({ label }) => label)).toEqual(
      expect.arrayContaining([`${IMAGE} in SHA256SUMS`, `${FILE} in SHA256SUMS`]),
    );
    expect(said.comparisons.every(({ equal }) => equal)).toBe(true);
  });

  it('compares the elected image with the proposal, not with what the mirror serves', () => {
    const world = new World();
    const other = flipped(imageHash('guestos'));
    for (const mirror of ['systems', 'network'] as const) {
      world.set(key.image(url('guestos', 'image', mirror)), seen({ sha256: other, bytes: 1 }));
    }
    expect(say(world).outcome).toBe('verified');
    expect(say(both(world, seen(sumsOf('guestos', { [IMAGE]: other })))).outcome).toBe('mismatch');
  });

  it.each(['systems', 'network'] as const)('is a mismatch when %s lists another hash', (mirror) => {
    const image = seen(sumsOf('guestos', { [IMAGE]: flipped(imageHash('guestos')) }));
    const measured = seen(sumsOf('guestos', { [FILE]: flipped(MEASUREMENTS_SHA) }));
    expect(say(new World().set(sums(mirror), image))).toMatchObject({ outcome: 'mismatch', localOnly: false });
    expect(say(new World().set(sums(mirror), measured)).outcome).toBe('mismatch');
  });

  it('is a mismatch when the file beside the sums is another one', () => {
    const look = seen({ sha256: flipped(MEASUREMENTS_SHA), bytes: 1, entries: MEASUREMENTS });
    expect(say(new World().set(file('network'), look)).outcome).toBe('mismatch');
  });

  it('is a mismatch when a name has two lines and one differs, in either order', () => {
    const { entries, ...rest } = sumsOf('guestos');
    const other = { name: IMAGE, sha256: flipped(imageHash('guestos')) };
    const lists: Sums[] = [
      { ...rest, entries: [other, ...entries] },
      { ...rest, entries: [...entries, other] },
    ];
    for (const list of lists) expect(say(new World().set(sums('systems'), seen(list))).outcome).toBe('mismatch');
    const twice = { ...rest, entries: [...entries, ...entries] };
    expect(say(both(new World(), seen(twice))).outcome).toBe('verified');
  });

  it.each([IMAGE, FILE])('is inconclusive, unlisted, when a mirror’s sums lack the line of %s', (name) => {
    const lacking = seen(sumsOf('guestos', { [name]: undefined }));
    for (const world of [new World().set(sums('systems'), lacking), both(new World(), lacking)]) {
      const said = say(world);
      expect(said).toMatchObject({ outcome: 'inconclusive', reason: 'unlisted' });
      expect(said.sentence).toContain(name);
    }
  });

  it('takes a page that is no list of sums for an unlisted file', () => {
    const page: Sums = { sha256: flipped(MEASUREMENTS_SHA), entries: [], otherLines: 40 };
    expect(say(both(new World(), seen(page)))).toMatchObject({ outcome: 'inconclusive', reason: 'unlisted' });
  });

  it('says of sums in BSD’s form that they are not read, and where', () => {
    const lines = [IMAGE, FILE].map((name) => `SHA256 (${name}) = ${imageHash('guestos')}\n`);
    const said = say(both(new World(), seen(parseSums(Buffer.from(lines.join(''))))));
    expect(said).toMatchObject({ outcome: 'inconclusive', reason: 'unlisted' });
    expect(said.sentence).toBe(
      `SHA256SUMS at download.dfinity.systems has no line for ${IMAGE}; lines that are not of the form “digest  file” ` +
        'and are not read: 2.',
    );
  });

  it('reads sums behind a byte-order mark', () => {
    const { entries } = sumsOf('guestos');
    const text = entries.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('');
    expect(say(both(new World(), seen(parseSums(Buffer.from(`\ufeff${text}`))))).outcome).toBe('verified');
  });

  it('says of sums that came packed what came, though nobody asked for it', () => {
    const packed = missing('malformed', 'encoded-body', 'https://x/SHA256SUMS sent gzip, which was not asked for');
    const said = say(both(new World(), packed));
    expect(said).toMatchObject({ outcome: 'inconclusive', reason: 'unreachable' });
    expect(said.sentence).toBe(
      'No SHA256SUMS of the GuestOS could be read: https://x/SHA256SUMS sent gzip, which was not asked for.',
    );
    expect(say(new World().set(sums('network'), packed)).outcome).toBe('verified');
    expect(say(both(new World(), missing())).sentence).toBe('No SHA256SUMS of the GuestOS could be read.');
  });

  it('does not count lines of other files', () => {
    const other = seen(sumsOf('guestos', { [IMAGE]: undefined, [`x/${IMAGE}`]: imageHash('guestos') }));
    expect(say(both(new World(), other))).toMatchObject({ outcome: 'inconclusive', reason: 'unlisted' });
  });

  it.each([
    [ABSENT, ABSENT, 'not-published'],
    [ABSENT, missing(), 'unreachable'],
    [undefined, undefined, 'unreachable'],
  ] as const)('is inconclusive without any sums (%#)', (systems, network, reason) => {
    const said = say(new World().set(sums('systems'), systems).set(sums('network'), network));
    expect(said).toMatchObject({ outcome: 'inconclusive', reason });
  });

  it('makes one mirror’s sums out of reach a caveat', () => {
    const said = say(new World().set(sums('network'), missing()));
    expect(said.outcome).toBe('verified');
    expect(ids(said.caveats)).toEqual(['sums-list-artifact/mirror-unreachable']);
    expect(said.caveats[0]?.sentence).toContain('download.dfinity.network');
  });

  it.each([
    [ABSENT, ABSENT, 'not-published'],
    [missing(), ABSENT, 'unreachable'],
  ] as const)('is inconclusive when the measurements were seen nowhere (%#)', (systems, network, reason) => {
    const said = say(new World().set(file('systems'), systems).set(file('network'), network));
    expect(said).toMatchObject({ outcome: 'inconclusive', reason });
    expect(said.comparisons.some(({ equal }) => equal)).toBe(true);
  });

  it('names the first reason in the contract’s order when two things are missing', () => {
    const lacking = seen(sumsOf('guestos', { [IMAGE]: undefined }));
    const said = say(both(new World(), lacking).set(file('systems'), ABSENT).set(file('network'), ABSENT));
    expect(said.reason).toBe('not-published');
  });

  it('says unlisted of a file that is neither listed nor to be downloaded', () => {
    const lacking = seen(sumsOf('guestos', { [FILE]: undefined }));
    const world = both(new World(), lacking).set(file('systems'), missing()).set(file('network'), missing());
    expect(say(world)).toMatchObject({ outcome: 'inconclusive', reason: 'unlisted' });
  });

  it('takes hashes in upper case for the same hashes', () => {
    const upper = seen(sumsOf('guestos', { [IMAGE]: imageHash('guestos').toUpperCase() }));
    expect(say(both(new World(), upper)).outcome).toBe('verified');
    const packageSha256 = imageHash('guestos').toUpperCase() as ReturnType<typeof imageHash>;
    expect(say(new World({ subject: election({ packageSha256 }) })).outcome).toBe('verified');
  });

  it('needs no line for measurements where the release has none', () => {
    const facts = { tree: { ...TREE, hasMeasurements: false }, absentOnCdn: ['measurements'] as const };
    const world = new World({ facts });
    both(world, seen(sumsOf('guestos', { [FILE]: undefined })));
    expect(say(world).outcome).toBe('verified');
  });

  it('compares an image that no proposal binds with the bytes that were downloaded', () => {
    const world = (): World => new World({ subject: COMMIT_SUBJECT });
    const image = (mirror: 'systems' | 'network') => key.image(url('hostos', 'image', mirror));
    const say = (each: World) => each.say('sums-list-artifact', 'hostos');
    expect(say(world()).outcome).toBe('verified');
    const wrong = seen({ sha256: flipped(imageHash('hostos')), bytes: 1 });
    expect(say(world().set(image('network'), wrong)).outcome).toBe('mismatch');
    expect(say(world().set(image('network'), missing())).outcome).toBe('verified');
    const none = say(world().set(image('network'), ABSENT).set(image('systems'), ABSENT));
    expect(none).toMatchObject({ outcome: 'inconclusive', reason: 'not-published' });
    expect(none.comparisons).toEqual([]);
  });

  it('plans one cell a component, corroborating only for those that nothing asks for', () => {
    const tiers = (overrides: ConstructorParameters<typeof World>[0]) =>
      new World(overrides).plan.cells
        .filter(({ check }) => check === 'sums-list-artifact')
        .map(({ component, tier }) => [component, tier]);
    expect(tiers({})).toEqual([
      ['guestos', 'authoritative'],
      ['hostos', 'corroborating'],
      ['setupos', 'corroborating'],
      ['recovery', 'corroborating'],
    ]);
    expect(tiers({ flags: ['hostos'] })).toEqual([
      ['guestos', 'authoritative'],
      ['hostos', 'authoritative'],
    ]);
  });
});

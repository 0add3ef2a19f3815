import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evidenceKey } from '../../../src/domain/evidence.ts';
import { createMeasurementsCollector } from '../../../src/verify/collect/measurements.ts';
import { measurementsFromHex, parseMeasurementsFile } from '../../../src/verify/measurements-file.ts';
import { sha256 } from '../../../src/platform/hash.ts';
import { body, inTurn, status } from '../../platform/loopback.ts';
import { contextOf, startWeb, type Web } from './web.ts';

/** GuestOS 79faae8b354edbf45ae858f1c88bcd1eba4897a5, from mainnet-icos-revisions.json of dfinity/ic. */
const REAL = {
  guest_launch_measurements: [
    {
      measurement: [
        ...[
          78, 120, 79, 41, 60, 62, 208, 14, 31, 157, 206, 148, 192, 152, 82, 230, 136, 126, 132, 145, 147, 72, 173, 255,
        ],
        ...[160, 129, 180, 55, 26, 154, 163, 1, 106, 9, 243, 87, 19, 244, 251, 224, 193, 6, 154, 12, 134, 213, 254, 13],
      ],
      metadata: { kernel_cmdline: 'root=/dev/disk/by-partuuid/7c0a626e dfinity.system=A' },
    },
  ],
};
const HEX = '4e784f293c3ed00e1f9dce94c09852e6887e84919348adffa081b4371a9aa3016a09f35713f4fbe0c1069a0c86d5fe0d';
const parse = (value: unknown) => parseMeasurementsFile(Buffer.from(JSON.stringify(value)));
const one = (measurement: unknown, metadata?: unknown) => ({ guest_launch_measurements: [{ measurement, metadata }] });

describe('a launch-measurements.json', () => {
  it('is read into hex, command line and type', () => {
    const kernelCmdline = 'root=/dev/disk/by-partuuid/7c0a626e dfinity.system=A';
    expect(parse(REAL)).toEqual([{ measurement: HEX, kernelCmdline, vcpuType: null }]);
    expect(parse(one([0, 255], { kernel_cmdline: 'a', vcpu_type: 'EPYC-Turin', new: 1 }))).toEqual([
      { measurement: '00ff', kernelCmdline: 'a', vcpuType: 'EPYC-Turin' },
    ]);
  });

  it('may give the same bytes as hex, as the dashboard does', () => {
    expect(parse(one('00FF'))).toEqual(parse(one([0, 255])));
  });

  it('may list nothing, which is not the same as being unreadable', () => {
    expect(parse({ guest_launch_measurements: [] })).toEqual([]);
  });

  it.each([
    [null],
    [[]],
    [{}],
    [{ guest_launch_measurements: null }],
    [{ guest_launch_measurements: {} }],
    [{ guest_launch_measurements: [null] }],
    [one('4e7')],
    [one('4g')],
    [one('')],
    [one([])],
    [one([256])],
    [one([-1])],
    [one([1.5])],
    [one(['1'])],
    [one([1], [])],
    [one([1], 'x')],
    [one([1], { kernel_cmdline: 1 })],
    [one([1], { vcpu_type: ['x'] })],
  ])('is not to be read from %j', (value) => {
    expect(parse(value)).toBeNull();
  });

  it('is not to be read from one good entry and a bad one', () => {
    const [good] = REAL.guest_launch_measurements;
    expect(parse({ guest_launch_measurements: [good, { measurement: [999] }] })).toBeNull();
  });

  it('is read from any bytes without failing', () => {
    const json = fc.json({ depthSize: 'medium' }).map((text) => Buffer.from(text));
    const near = fc.anything().map((value) => Buffer.from(JSON.stringify(one(value, value))));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), json, near), (bytes) => {
        const entries = parseMeasurementsFile(bytes);
        return entries === null || entries.every(({ measurement }) => /^(?:[0-9a-f]{2})+$/.test(measurement));
      }),
    );
  });

  it('is not read from bytes that are no UTF-8, or nest without end', () => {
    expect(parseMeasurementsFile(Uint8Array.of(0xff, 0xfe))).toBeNull();
    expect(parseMeasurementsFile(Buffer.from('['.repeat(1_000_000)))).toBeNull();
  });
});

describe('measurements as the dashboard shows them', () => {
  it('are the same entries', () => {
    const entry = { measurement: HEX.toUpperCase(), metadata: REAL.guest_launch_measurements[0]!.metadata };
    expect(measurementsFromHex({ guest_launch_measurements: [entry] })).toEqual({ read: parse(REAL), odd: 0 });
  });

  it('are what can be read of them', () => {
    const entry = { measurement: HEX, metadata: REAL.guest_launch_measurements[0]!.metadata };
    for (const odd of [null, 7, {}, { measurement: 'xyz' }])
      expect(measurementsFromHex({ guest_launch_measurements: [odd, entry] })).toEqual({ read: parse(REAL), odd: 1 });
  });

  it.each([[null], [undefined], ['x']])('are none in %j', (value) => {
    expect(measurementsFromHex(value)).toBeNull();
  });

  it.each([[one('abc')], [one('')], [one([1, 2])]])('have no entry that can be read in %j', (value) => {
    expect(measurementsFromHex(value)).toEqual({ read: [], odd: 1 });
  });
});

describe('looking at the published measurements', () => {
  const url = 'https://download.example.org/m.json';
  let web: Web;
  beforeAll(async () => {
    web = await startWeb();
  });
  afterAll(() => web.close());
  const look = () => createMeasurementsCollector(web.deps).collect(evidenceKey.measurements(url), contextOf());

  it('gives entries, hash and size, with the raw bytes kept', async () => {
    const text = JSON.stringify(REAL);
    web.net.answers.set('download.example.org/m.json', body(text));
    const observation = await look();
    expect(observation).toMatchObject({
      status: 'observed',
      source: url,
      value: { sha256: sha256(text), bytes: text.length, entries: [{ measurement: HEX }] },
    });
    expect(Buffer.from(web.kept.get(observation.file!)!).toString()).toBe(text);
  });

  it('gives the hash of bytes that cannot be read as measurements, too', async () => {
    web.net.answers.set('download.example.org/m.json', body('<html>'));
    expect(await look()).toMatchObject({ status: 'observed', value: { sha256: sha256('<html>'), entries: null } });
  });

  it('accuses nobody of bytes that came only once', async () => {
    const text = JSON.stringify(REAL);
    web.net.answers.set('download.example.org/m.json', inTurn(body('<html>'), body(text)));
    expect(await look()).toMatchObject({ value: { sha256: sha256(text), entries: [{ measurement: HEX }] } });
  });

  it('believes a server that has none', async () => {
    web.net.answers.set('download.example.org/m.json', status(404));
    expect(await look()).toMatchObject({ status: 'unavailable', kind: 'absent', code: 'http-404' });
  });
});

import { IDL } from '@icp-sdk/core/candid';
import { describe, expect, it } from 'vitest';
import { MEASUREMENT, measurementsWire, METADATA, type Wire } from './candid.ts';
import { Blob, code, guestos, OptText } from './action-kit.ts';

const measured = (metadata: IDL.Type, value: unknown) =>
  guestos(
    measurementsWire(IDL.Record({ measurement: Blob, metadata: IDL.Opt(metadata) }), [
      { measurement: MEASUREMENT, metadata: [value] },
    ]),
  );

describe('launch measurements', () => {
  const entry = { measurement: Buffer.from(MEASUREMENT).toString('hex') };

  it.each([
    [
      'with a plain text command line',
      METADATA.text,
      { kernel_cmdline: 'a=b' },
      { kernelCmdline: 'a=b', vcpuType: null },
    ],
    ['with an optional one', METADATA.optional, { kernel_cmdline: ['a=b'] }, { kernelCmdline: 'a=b', vcpuType: null }],
    [
      'with the processor',
      METADATA.withCpu,
      { kernel_cmdline: [], vcpu_type: ['EPYC'] },
      { kernelCmdline: null, vcpuType: 'EPYC' },
    ],
  ])('are read %s', (_, metadata, value, expected) => {
    expect(measured(metadata, value)).toMatchObject({ version: { launchMeasurements: [{ ...entry, ...expected }] } });
  });

  it('are read where each measurement is optional', () => {
    const type = IDL.Record({ measurement: IDL.Opt(Blob), metadata: IDL.Opt(METADATA.withCpu) });
    const action = guestos(measurementsWire(type, [{ measurement: [MEASUREMENT], metadata: [] }]));
    expect(action).toMatchObject({
      version: { launchMeasurements: [{ ...entry, kernelCmdline: null, vcpuType: null }] },
    });
  });

  it('are an empty list where the field is there and empty', () => {
    const action = guestos(measurementsWire(IDL.Record({ measurement: Blob }), []));
    expect(action).toMatchObject({ kind: 'elect-guestos', version: { launchMeasurements: [] } });
  });

  it('are not carried where the field is null', () => {
    const type = IDL.Opt(IDL.Record({ guest_launch_measurements: IDL.Vec(IDL.Record({ measurement: Blob })) }));
    expect(guestos({ guest_launch_measurements: [type, []] })).toMatchObject({ version: { launchMeasurements: null } });
  });

  const list = (type: IDL.Type, value: unknown): Wire => ({
    guest_launch_measurements: [
      IDL.Opt(IDL.Record({ guest_launch_measurements: type })),
      [{ guest_launch_measurements: value }],
    ],
  });
  it.each<[string, Wire]>([
    ['a text in place of the bytes', measurementsWire(IDL.Record({ measurement: IDL.Text }), [{ measurement: 'ab' }])],
    [
      'an optional text in place of the bytes',
      measurementsWire(IDL.Record({ measurement: OptText }), [{ measurement: ['ab'] }]),
    ],
    [
      'an entry without a measurement',
      measurementsWire(IDL.Record({ metadata: IDL.Opt(METADATA.text) }), [{ metadata: [] }]),
    ],
    ['a null measurement', measurementsWire(IDL.Record({ measurement: IDL.Opt(Blob) }), [{ measurement: [] }])],
    ['a text in place of the list', list(IDL.Text, 'none')],
    ['a null in place of the list', list(IDL.Opt(IDL.Vec(IDL.Text)), [])],
    [
      'a record without the list',
      { guest_launch_measurements: [IDL.Opt(IDL.Record({ other: IDL.Nat })), [{ other: 1n }]] },
    ],
    ['a number in place of the field', { guest_launch_measurements: [IDL.Nat, 3n] }],
    ['an optional number in place of the field', { guest_launch_measurements: [IDL.Opt(IDL.Nat), [3n]] }],
  ])('are undecodable, never absent: %s', (_, wire) => {
    expect(code(guestos(wire))).toBe('measurements-undecodable');
  });

  it.each([
    ['kernel_cmdline', IDL.Record({ kernel_cmdline: IDL.Nat }), { kernel_cmdline: 1n }],
    ['vcpu_type', IDL.Record({ vcpu_type: IDL.Opt(Blob) }), { vcpu_type: [[1]] }],
    ['metadata', IDL.Text, 'x'],
  ])('are undecodable where %s is of another type', (_, metadata, value) => {
    expect(code(measured(metadata, value))).toBe('measurements-undecodable');
  });
});

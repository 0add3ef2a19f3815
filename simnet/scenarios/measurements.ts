import type { PayloadOverrides, Scenario } from '../types.ts';
import { inconclusive, mismatch, verified } from './expectations.ts';
import { guestos } from './guestos.ts';

const FIELDS = ['measurement', 'kernel_cmdline', 'vcpu_type'] as const;
/** The newest layout publishes four measurements: two slots on two generations of CPU. */
const ENTRIES = [0, 1, 2, 3];

const carrying = (measurements: Exclude<PayloadOverrides['measurements'], undefined>): Partial<Scenario> => ({
  payload: { measurements },
});

/** Only the first is built as well: the others differ from what is published, which no build can mend. */
const altered: Scenario[] = ENTRIES.flatMap((alter) =>
  FIELDS.map((field) =>
    guestos(
      `measurement-${alter}-altered-in-${field.replace('_', '-')}`,
      `One character of ${field} in measurement ${alter} is another than published.`,
      mismatch('measurements-match'),
      {
        ...carrying({ alter, field }),
        ...(alter === 0 ? {} : { command: ['verify', '-p', '{id}', '--guestos', '--no-build'] }),
      },
    ),
  ),
);

export const measurementScenarios: Scenario[] = [
  ...altered,
  guestos(
    'measurements-in-another-order',
    'The measurements stand in another order.',
    verified(),
    carrying('shuffled'),
  ),
  guestos('measurement-missing', 'One measurement is missing.', mismatch('measurements-match'), carrying('missing')),
  guestos('measurement-extra', 'There is one measurement more.', mismatch('measurements-match'), carrying('extra')),
  guestos(
    'measurements-without-cpu-type',
    'The payload gives no CPU type, the release does.',
    verified({ findings: ['measurements-match/metadata-absent'] }),
    carrying('without-cpu-type'),
  ),
  guestos(
    'measurements-absent',
    'The payload has no measurements at all.',
    verified({ findings: ['payload-lint/measurements-missing'] }),
    carrying(null),
  ),
  guestos(
    'measurements-empty',
    'The list of measurements is there and empty.',
    mismatch('measurements-match'),
    carrying([]),
  ),
  guestos(
    'measurements-undecodable',
    'The measurements are text where bytes belong.',
    inconclusive('malformed-payload'),
    {
      payload: { undecodableMeasurements: true },
    },
  ),
];

import type { Scenario } from '../types.ts';

/**
 * An election of a good GuestOS release, with differences; only the elected component is asked for. The build enters no
 * container where a scenario does not ask for the release `good`: a hundred containers would take longer than all else.
 */
export function guestos(
  name: string,
  wrong: string,
  expect: Scenario['expect'],
  differs: Partial<Scenario> = {},
): Scenario {
  return {
    release: 'enters-no-container',
    elects: 'guestos',
    command: ['verify', '-p', '{id}', '--guestos'],
    ...differs,
    name,
    wrong,
    expect,
  };
}

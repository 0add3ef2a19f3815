import type { Scenario } from '../types.ts';

/** An election of the good GuestOS release, with differences; only the elected component is asked for. */
export function guestos(
  name: string,
  wrong: string,
  expect: Scenario['expect'],
  differs: Partial<Scenario> = {},
): Scenario {
  return {
    release: 'good',
    elects: 'guestos',
    command: ['verify', '-p', '{id}', '--guestos'],
    ...differs,
    name,
    wrong,
    expect,
  };
}

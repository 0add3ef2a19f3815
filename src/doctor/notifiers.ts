import { asWatchError, WatchError } from '../domain/errors.ts';
import { plainText } from '../domain/text.ts';
import { createNotifiers, type NotifierDeps } from '../notify/notifier-registry.ts';
import { valuesFor, type NotifierKind } from '../notify/notifier-kind.ts';
import { NOTIFIERS } from '../notify/notifiers/index.ts';
import type { Config } from '../operator/config.ts';
import { ok, problem, warning, type Finding, type Group } from './probe.ts';
import type { DoctorPorts } from './ports.ts';

type NotifierPorts = Pick<DoctorPorts, 'config' | 'clock'>;

const KINDS: readonly NotifierKind[] = NOTIFIERS.filter(({ name }) => name !== 'console');

/** Settings only: `test-notify` sends a message through each channel. */
export const notifiersGroup: Group = {
  title: 'Who is told',
  probes: (ports) => [
    ...KINDS.map((kind) => ({ id: `notifier ${kind.name}`, probe: () => notifier(kind, ports) })),
    { id: 'notifiers', probe: () => everyNotifier(ports) },
  ],
};

export function notifier(kind: NotifierKind, ports: NotifierPorts): Finding {
  const given = namesGiven(kind, ports.config);
  if (given.length === 0) return ok('off');
  const channels = kind.create(valuesFor(kind, ports.config), silent(ports)).length;
  const names = given.join(', ');
  if (channels > 0) return ok(`${channels} ${channels === 1 ? 'channel' : 'channels'}: ${names} set`);
  return warning(`${names} set, but that is no channel yet.`, 'Set what is missing; .env.example names it.');
}

export function everyNotifier(ports: NotifierPorts): Finding {
  try {
    const ids = createNotifiers({ ...ports.config }, silent(ports)).map(({ id }) => id);
    const told = ids.filter((id) => id !== 'console');
    if (told.length > 0) return ok(`${told.length} in all; "nns-watch test-notify" sends a message to each`);
    return warning(
      'Only the console is told: an alert reaches nobody who does not look at it.',
      `Set ${firstNames.slice(0, -1).join(', ')} or ${firstNames.at(-1) ?? ''}.`,
    );
  } catch (thrown) {
    const sentence = `The settings of the notifiers cannot be used: ${plainText(asWatchError(thrown).message, 200)}.`;
    return problem(sentence, 'Correct them; each channel is named once.');
  }
}

/** Names, never values: most are secret. */
function namesGiven(kind: NotifierKind, config: Config): string[] {
  const values = valuesFor(kind, config);
  return Object.entries(kind.settings).flatMap(([key, { name }]) => (values[key] === null ? [] : [name]));
}

/** The first setting of each is the one to begin with. */
const firstNames = KINDS.flatMap(({ settings }) => Object.values(settings)[0]?.name ?? []);

/** Enough to make a notifier; nothing is ever sent with it. */
function silent({ clock }: NotifierPorts): NotifierDeps {
  const fetch = (): never => {
    throw new WatchError('bug', 'doctor-sends-nothing', 'doctor sends nothing');
  };
  return { fetch, now: () => clock.now(), write: () => undefined, statusUrl: null };
}

import { styleText } from 'node:util';

const COLOURS = { '✔': 'green', '✖': 'red', '❌': 'red', '⚠': 'yellow', '?': 'yellow' } as const;

/**
 * A report for people, its signs in colour where the stream shows colours: on a terminal, unless NO_COLOR is set, and
 * elsewhere with FORCE_COLOR.
 */
export function coloured(text: string, stream: NodeJS.WritableStream): string {
  return text.replace(/^(?:\[(?:✔|❌|\?)\]|[✔✖⚠])(?= )/gmu, (sign) => {
    const [, mark = sign] = /^\[(.+)\]$/u.exec(sign) ?? [];
    return styleText(COLOURS[mark as keyof typeof COLOURS], sign, { stream });
  });
}

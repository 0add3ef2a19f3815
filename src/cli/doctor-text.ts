import type { Examination, Fix, Line } from '../doctor/doctor.ts';
import { plainText } from '../domain/text.ts';
import { unreachable } from '../domain/errors.ts';

/** The human form: one line per look, with what to do below it, the settings, and whether it would work. */
export function doctorText({ network, lines, settings }: Examination, toolVersion: string, fix: Fix | null): string {
  const width = Math.max(...lines.map(({ id }) => id.length));
  const groups = [...new Set(lines.map(({ group }) => group))];
  const body = groups.flatMap((title) => [
    '',
    title,
    ...lines.filter(({ group }) => group === title).flatMap((line) => lineText(line, width)),
  ]);
  const shown = settings.map(({ name, value, isDefault }) => {
    return `  ${name}=${value === null ? '(not set)' : plainText(value, 300)}${isDefault && value !== null ? ' (default)' : ''}`;
  });
  return [
    ...(network === 'mainnet' ? [] : [network]),
    `nns-watch ${toolVersion} doctor`,
    ...body,
    '',
    'Settings in effect',
    ...shown,
    '',
    ...(fix === null ? [] : [`To install what is missing: ${fix.command}`]),
    lastLine(lines),
    '',
  ].join('\n');
}

function lineText({ id, outcome, sentence, todo }: Line, width: number): string[] {
  const indent = ' '.repeat(width + 5);
  const advice = (todo ?? '')
    .split('\n')
    .map((text, index) => `${indent}${index === 0 ? '→ ' : '  '}${plainText(text, 600)}`);
  return [`${mark(outcome)} ${id.padEnd(width)}   ${plainText(sentence, 800)}`, ...(todo === undefined ? [] : advice)];
}

function mark(outcome: Line['outcome']): string {
  switch (outcome) {
    case 'ok':
      return '✔';
    case 'warning':
      return '⚠';
    case 'problem':
      return '✖';
    default:
      return unreachable(outcome);
  }
}

function lastLine(lines: readonly Line[]): string {
  const count = (outcome: Line['outcome']): number => lines.filter((line) => line.outcome === outcome).length;
  const [problems, warnings] = [count('problem'), count('warning')];
  const warned = warnings === 0 ? '' : ` (${warnings} ${warnings === 1 ? 'warning' : 'warnings'})`;
  if (problems === 0) return `✔ nns-watch would work here${warned}.`;
  return `✖ nns-watch would not work here: ${problems} ${problems === 1 ? 'problem' : 'problems'}${warned}.`;
}

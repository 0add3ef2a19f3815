import { WatchError } from '../../../domain/errors.ts';
import type { Notice } from '../../../domain/notice.ts';
import { plainText } from '../../../domain/text.ts';
import { composeMessage } from '../../message.ts';
import { linkLine, type Message } from '../../message-parts.ts';
import { plainLine, utcText } from '../../escape.ts';
import { notifierKind, type NotifierDeps } from '../../notifier-kind.ts';

/** A few plain lines for whoever looks at the terminal or the journal. */
export const consoleLines = notifierKind({
  name: 'console',
  settings: {},
  create: (_settings, deps) => [
    {
      id: 'console',
      deliver: async (notice) => {
        for (const line of linesOf(notice, deps)) await written(line, deps);
        return null;
      },
      close: async () => undefined,
    },
  ],
});

/** A line that a full disk or a reader who went away did not take is told again, as in every other channel. */
async function written(line: string, { write }: NotifierDeps): Promise<void> {
  try {
    await write(line);
  } catch (cause) {
    throw new WatchError('transport', 'console-unwritable', 'the console takes nothing', { cause });
  }
}

/** One line for news on the way, some more where something is to be decided. */
function linesOf(notice: Notice, { statusUrl }: NotifierDeps): string[] {
  const message = composeMessage(notice, { statusUrl });
  const first = `${plainText(message.title, 200)} · ${utcText(notice.at)} · ${plainText(notice.sentence, 400)}`;
  return notice.type === 'progress' ? [first] : [first, ...detailLines(notice, message)];
}

const MOST_LINES = 40;

function detailLines({ verdict, type }: Notice, message: Message): string[] {
  const { headline, facts, sections } = message;
  const links = linkLine(message);
  const body = [
    ...(verdict ? [plainText(headline, 600)] : []),
    ...facts.map(plainLine),
    ...(type === 'verdict' || type === 'early-finding'
      ? sections.flatMap(({ title, lines }) => [`${title}:`, ...lines.map((line) => `  ${plainLine(line)}`)])
      : []),
    ...(links && verdict ? [plainLine(links)] : []),
  ];
  const left = body.length - MOST_LINES;
  return [...body.slice(0, MOST_LINES), ...(left > 0 ? [`… and ${left} more lines`] : [])].map((line) => `  ${line}`);
}

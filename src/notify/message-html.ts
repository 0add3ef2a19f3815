import { escapeHtml, escapePiece, htmlEntities } from './escape.ts';
import { fitLines, fitSections, linkLine, type Line, type Message, type Span } from './message-parts.ts';
import { timeText, type TextRoom } from './message-text.ts';

/** The whole message with its title as HTML of a few plain elements, within its room in bytes of HTML. */
export function htmlMessage(message: Message, room: TextRoom): string {
  const { title, headline, facts, sections, footer } = message;
  const links = linkLine(message);
  const top = fitLines([[{ text: headline }], ...facts], room.top, htmlBytes);
  const parts = fitSections(sections, room.sections, htmlBytes).map(
    (section) => `<p><b>${escapeHtml(section.title)}</b><br>${htmlLines(section.lines)}</p>`,
  );
  const heading = `<p><b>${escapeHtml(title, 300)}</b><br>${htmlLines(top)}</p>`;
  const further = links ? [`<p>${htmlLine(links)}</p>`] : [];
  return [heading, ...parts, ...further, `<p><i>${escapeHtml(footer, 400)}</i></p>`].join('\n');
}

export function htmlLine(line: Line): string {
  return line.map(htmlSpan).join('');
}

function htmlLines(lines: readonly Line[]): string {
  return lines.map(htmlLine).join('<br>');
}

const htmlBytes = (line: Line): number => Buffer.byteLength(htmlLine(line)) + 4;

function htmlSpan(span: Span): string {
  if ('text' in span) {
    const text = escapePiece(span.text, escapeHtml);
    return span.bold ? `<b>${text}</b>` : text;
  }
  if ('code' in span) return `<code>${escapeHtml(span.code)}</code>`;
  if ('time' in span) return escapeHtml(timeText(span));
  return `<a href="${htmlEntities(span.link)}">${escapeHtml(span.label)}</a>`;
}

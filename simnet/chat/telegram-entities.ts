/** What Telegram's servers make of a text by themselves. @see https://core.telegram.org/api/entities */
export interface FoundEntity {
  type: 'mention' | 'hashtag' | 'cashtag' | 'bot_command' | 'url' | 'email';
  offset: number;
  length: number;
}

const FOUND: readonly (readonly [FoundEntity['type'], RegExp])[] = [
  ['email', /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g],
  ['mention', /(?<![\w@])@[a-z]\w{2,31}/gi],
  ['hashtag', /(?<!\w)#[\p{L}\p{N}_]*[\p{L}_][\p{L}\p{N}_]*/gu],
  ['cashtag', /(?<!\w)\$[A-Z]{1,8}\b/g],
  ['bot_command', /(?<![\w/<>])\/[a-zA-Z]\w{0,63}/g],
  ['url', /\b(?:[a-z][a-z0-9+.-]*:\/\/\S+|(?:[\p{L}\p{N}-]+\.)+\p{L}{2,}(?:\/\S*)?|(?:\d{1,3}\.){3}\d{1,3})/giu],
];

interface Span {
  type: string;
  offset: number;
  length: number;
}

/** Within code nothing is looked for. */
export function foundBy(text: string, given: readonly Span[]): FoundEntity[] {
  const code = given.filter(({ type }) => ['code', 'pre'].includes(type));
  const isCode = (at: number): boolean => code.some(({ offset, length }) => at >= offset && at < offset + length);
  return FOUND.flatMap(([type, pattern]) =>
    [...text.matchAll(pattern)]
      .filter(({ index }) => !isCode(index))
      .map(({ index, 0: match }) => ({ type, offset: index, length: match.length })),
  );
}

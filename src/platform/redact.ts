/** What stands where a secret stood. */
export const REDACTED = '[secret]';

/** User name and password of any URL in a text, also of one that no parser takes; up to the last @ before a slash. */
const USER = /(:\/\/)[^\s/"'<>]*@/g;

/** Replaces every one of these texts, also as JSON and URLs write them, and what stands before the @ of a URL. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const spellings = new Set(secrets.filter((secret) => secret !== '').flatMap(spellingsOf));
  const withoutUser = (text: string): string => text.replace(USER, `$1${REDACTED}@`);
  if (spellings.size === 0) return withoutUser;
  // The longest first, so that a secret that begins with another is replaced as a whole.
  const longestFirst = [...spellings].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g');
  return (text) => withoutUser(text.replace(pattern, REDACTED));
}

function spellingsOf(secret: string): string[] {
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    encodeURI(secret.toWellFormed()),
  ];
}

/** What stands where a secret stood. */
export const REDACTED = '[secret]';

/** Replaces every one of these texts, also as JSON and URLs write them. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const spellings = new Set(secrets.filter((secret) => secret !== '').flatMap(spellingsOf));
  if (spellings.size === 0) return (text) => text;
  // The longest first, so that a secret that begins with another is replaced as a whole.
  const longestFirst = [...spellings].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g');
  return (text) => text.replace(pattern, REDACTED);
}

function spellingsOf(secret: string): string[] {
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    encodeURI(secret.toWellFormed()),
  ];
}

/** Any text as HTML that shows it. */
export function html(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A date as a reader in UTC sees it. */
export function longDate(seconds: number): string {
  const form = { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat('en-US', form).format(seconds * 1000);
}

/** Day and time as two texts. */
export function shortDate(seconds: number): readonly [string, string] {
  const write = (form: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat('en-US', { ...form, timeZone: 'UTC' }).format(seconds * 1000);
  return [write({ dateStyle: 'medium' }), write({ timeStyle: 'short' })];
}

/** `in 4 days`, `2 hours ago`. */
export function awayFrom(seconds: number, now: number): string {
  const left = seconds - now;
  const [unit, size] = Math.abs(left) >= 86_400 ? (['day', 86_400] as const) : (['hour', 3600] as const);
  return new Intl.RelativeTimeFormat('en', { numeric: 'always' }).format(Math.round(left / size), unit);
}

/** A daily span in minutes after midnight of its time zone; it may reach over midnight. */
export interface QuietHours {
  readonly fromMinute: number;
  readonly toMinute: number;
  /** A name of the tz database. */
  readonly timeZone: string;
}

/** Whether this moment (UTC milliseconds) lies in the span, by the wall clocks of its zone. */
export function isQuiet({ fromMinute, toMinute, timeZone }: QuietHours, atMs: number): boolean {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const part = (type: 'hour' | 'minute'): number =>
    Number(format.formatToParts(atMs).find((each) => each.type === type)?.value ?? 0);
  const minute = part('hour') * 60 + part('minute');
  return fromMinute <= toMinute ? minute >= fromMinute && minute < toMinute : minute >= fromMinute || minute < toMinute;
}

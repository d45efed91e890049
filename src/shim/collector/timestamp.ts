/**
 * A timestamp in the form that `toISOString` writes, or `undefined` where the text is no date, or date and time, of ISO
 * 8601 in its extended format. A time without an offset is UTC, and without a time a date is its midnight. Years have
 * four digits.
 */
export function normalizeTimestamp(text: string): string | undefined {
  if (NORMAL.test(text)) return text;
  const match = text.length <= LENGTH_MAX ? EXTENDED.exec(text) : null;
  if (!match) return undefined;
  const [, date = '', time = '00:00', seconds = '00', fraction = '', offset = 'Z'] = match;
  if (!isDate(date)) return undefined;
  const ms = fraction.slice(0, 3).padEnd(3, '0');
  return formatTimestamp(Date.parse(`${date}T${time}:${seconds}.${ms}${extendOffset(offset)}`));
}

/** `Z`, `+02`, `+0200` and `+02:00`, of which `Date.parse` need take the first and the last only. */
function extendOffset(offset: string): string {
  if (offset === 'Z') return offset;
  const [hours, minutes] = [offset.slice(0, 3), offset.slice(3).replace(':', '')];
  return `${hours}:${minutes || '00'}`;
}

/** `undefined` where the time is none, or its year does not have four digits. */
export function formatTimestamp(ms: number): string | undefined {
  return ms >= YEAR_0_MS && ms <= YEAR_9999_END_MS ? new Date(ms).toISOString() : undefined;
}

/** Engines take the 30th of February for the 2nd of March. */
function isDate(date: string): boolean {
  return formatTimestamp(Date.parse(`${date}T00:00:00.000Z`))?.startsWith(date) === true;
}

/** The form of `toISOString`, without the days 29 to 31. Parsing a time takes four times as long. */
const NORMAL = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;
const EXTENDED = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:[.,](\d+))?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/;
const LENGTH_MAX = 64;
const YEAR_0_MS = Date.parse('0000-01-01T00:00:00.000Z');
const YEAR_9999_END_MS = Date.parse('9999-12-31T23:59:59.999Z');

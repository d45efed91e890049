// Quantities in words, for a person.

/** A whole number in groups of three digits. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** So many of something, such as `1 line` or `2,000 lines`. */
export function quantity(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${Math.round(value) === 1 ? one : many}`;
}

/** Lines a second, with a decimal where they are few. */
export function rate(value: number): string {
  const text = value < FEW ? String(oneDecimal(value)) : count(value);
  return `${text} ${text === '1' ? 'line' : 'lines'}/s`;
}

/** A time in words, to the second; below ten seconds to a tenth, from an hour on to the minute. */
export function duration(seconds: number): string {
  if (seconds < FEW) return `${oneDecimal(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return twoUnits(whole, 'min', 's');
  return twoUnits(Math.round(whole / 60), 'h', 'min');
}

/** An amount of the smaller unit, of which 60 are one of the larger. */
function twoUnits(value: number, large: string, small: string): string {
  const rest = value % 60;
  return `${Math.floor(value / 60)} ${large}${rest > 0 ? ` ${rest} ${small}` : ''}`;
}

function oneDecimal(value: number): number {
  return Number(value.toFixed(1));
}

const FEW = 10;

// The line that the collector must make of an event, as docs/collector.md says, or why it must refuse it. And events to compare by,
// made from a seed.
const TYPES = ['page', 'track', 'identify'];
const TEXTS = ['event', 'messageId', 'anonymousId', 'userId', 'sessionId'];
const OBJECTS = ['properties', 'traits', 'context'];

/** Why an event is refused, or what is in its line; without a `messageId`, where the collector gives one. */
export function expectedLine(value, { serverTime, aheadMs = 0, facts, depthMax = 32 }) {
  if (levels(value) > depthMax) return `it is nested deeper than ${depthMax} levels`;
  if (!isObject(value)) return 'it is not an object';
  if (!TYPES.includes(value.type)) return 'type must be page, track or identify';
  const isAbsent = (name) => value[name] === undefined || value[name] === null;
  for (const name of TEXTS) if (!isAbsent(name) && !(typeof value[name] === 'string' && [...value[name]].length >= 1 && [...value[name]].length <= 256)) return `${name} must be a string of 1 to 256 characters`;
  if (value.type === 'track' && isAbsent('event')) return 'event must name what is tracked';
  const time = isAbsent('timestamp') ? 0 : timeOf(value.timestamp);
  if (Number.isNaN(time)) return 'timestamp must be a time in ISO 8601';
  for (const name of OBJECTS) if (!isAbsent(name) && !isObject(value[name])) return `${name} must be an object`;
  const timestamp = isAbsent('timestamp') ? serverTime : new Date(new Date(time - aheadMs).getUTCFullYear() >= 0 ? time - aheadMs : time).toISOString();
  return cleaned({ ...value, timestamp, receivedAt: serverTime, context: { ...value.context, ...facts } });
}

/** Milliseconds, or NaN: a date of the calendar, and a time and an offset that may be left out. */
function timeOf(text) {
  const match = typeof text === 'string' && text.length <= 64 && /^(\d{4})-(\d\d)-(\d\d)(T.+)?$/.exec(text);
  if (!match || match[0] !== text) return NaN;
  const [year, month, day] = match.slice(1, 4).map(Number);
  const calendar = new Date(0);
  calendar.setUTCFullYear(year, month - 1, day);
  if (calendar.getUTCMonth() !== month - 1 || calendar.getUTCDate() !== day) return NaN;
  // What is not of these forms Date.parse refuses, or reads as local time; the events below have no other.
  return match[4] && !/^T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(match[4]) ? NaN : Date.parse(text);
}

/** As JSON has it afterwards. */
function cleaned(value) {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null;
  if (Array.isArray(value)) return value.map(cleaned);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== '__proto__').map(([name, inner]) => [name.toWellFormed(), cleaned(inner)]));
}

function levels(value) {
  return typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(levels)) : 0;
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON texts of events, most of them good ones: always the same for a seed. */
export function* events(seed, count) {
  let state = seed;
  const below = (limit) => Math.floor(((state = (state * 48_271) % 2_147_483_647) / 2_147_483_647) * limit);
  const one = (list) => list[below(list.length)];
  const text = (value) => one([JSON.stringify, escaped])(value);
  const tree = (depth) => {
    if (depth === 0 || below(3) === 0) return one([...NUMBERS, ...STRINGS.map(text), 'true', 'null', '{}', '[]']);
    const inner = Array.from({ length: 1 + below(3) }, () => tree(depth - 1));
    const space = one(['', '', ' ', '\t\r\n']);
    return one([0, 1]) ? `[${inner.join(`${space},`)}${space}]` : `{${inner.map((value) => `${space}${text(one(NAMES))}:${value}`).join()}}`;
  };
  const chain = (depth) => (depth === 0 ? '1' : below(2) ? `[${chain(depth - 1)}]` : `{"a":${chain(depth - 1)}}`);
  for (let index = 0; index < count; index += 1) {
    const fields = [['type', text(one([...TYPES, ...TYPES, ...TYPES, 'click']))], ['event', text(one(['click', 'buy', 'ü']))]];
    for (const name of TEXTS) if (below(3) === 0) fields.push([name, one([text('x'), text('€'.repeat(256)), text('🌊'.repeat(below(20) ? 256 : 257)), text('x'.repeat(below(20) ? 256 : 257)), 'null', below(20) ? text('y') : one(['""', '5', '[]'])])]);
    if (below(4)) fields.push(['timestamp', below(3) ? text(new Date(1.6e12 + below(1e12)).toISOString()) : one([...TIMES.map(text), 'null'])]);
    for (const name of OBJECTS) if (below(2)) fields.push([name, below(20) ? `{${text(one(NAMES))}:${tree(4)},"userAgent":${tree(1)}}` : one(['null', '5', '[{}]'])]);
    for (let more = below(3); more > 0; more -= 1) fields.push([one(NAMES), tree(3)]);
    if (below(6) === 0) fields.push(['own', chain(28 + below(6))]);
    yield `{${fields.map(([name, value]) => `${text(name)}:${value}`).join()}}`;
  }
}

/** A JSON string in which everything is escaped. */
function escaped(value) {
  return `"${Array.from({ length: value.length }, (_, at) => `\\u${value.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`;
}

const NAMES = ['a', 'ü', '', '__proto__', 'constructor', 'toString', 'ip', 'receivedAt', 'half \ud83d', '\udc00', '"__proto__":', '0', 'page\n'];
const STRINGS = ['', 'a', 'ü €', '🌊', '\ud83c', '\udf0a\ud83c', '\\ud800', '"', '\\"', '\u0000\u2028\u007f', '__proto__', '"__proto__":1', '}],{['];
const NUMBERS = ['0', '-0', '1e999', '-1E-999', '123456789012345678901234567890', '0.1', '1.0', '5e-324', '9007199254740993'];
const TIMES = [
  '2024-02-29T23:59:59.999Z', '2026-02-29T00:00:00.000Z', '2026-02-30T00:00:00.000Z', '2026-04-31T00:00:00.000Z', '2026-12-31T23:59:59.999Z', '2026-00-10T00:00:00.000Z', '2026-13-01T00:00:00.000Z',
  '2026-01-00T00:00:00.000Z', '2026-01-32T00:00:00.000Z', '2026-01-01T24:00:00.000Z', '2026-01-01T24:00:00.001Z', '2026-01-01T23:60:00.000Z', '2026-01-01T23:59:60.000Z', '0000-01-01T00:00:00.000Z', '-000000-01-01T00:00:00.000Z',
  '+010000-01-01T00:00:00.000Z', '+275760-09-13T00:00:00.000Z', '2026-01-01T00:00:00.000z', '2026-01-01T00:00:00.000Z\n', ' 2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000+02:00', '2026-01-01T00:00:00Z', '2026-01-01', '2026', 'soon', '',
  `2026-01-01T00:00:00.${'0'.repeat(50)}Z`,
];

import { isObject } from './json.js';

/**
 * What keeps an event from being one, or nothing. Fields that are not named here are the client's own and stay as they are.
 * @param {Record<string, unknown>} event
 * @returns {string | undefined}
 */
export function problemOf(event) {
  // Named one by one they are read several times as fast as in a loop over their names.
  const { type, event: name, messageId, anonymousId, userId, sessionId, timestamp, properties, traits, context } = event;
  if (!TYPES.has(type)) return 'type must be page, track or identify';
  const isShort = isShortText(name) && isShortText(messageId) && isShortText(anonymousId) && isShortText(userId) && isShortText(sessionId);
  if (!isShort) return `${TEXTS.find((text) => !isShortText(event[text]))} must be a string of 1 to ${TEXT_LENGTH_MAX} characters`;
  if (type === 'track' && isAbsent(name)) return 'event must name what is tracked';
  if (!isTime(timestamp)) return 'timestamp must be a time in ISO 8601';
  if (holds(properties) && holds(traits) && holds(context)) return undefined;
  return `${OBJECTS.find((object) => !holds(event[object]))} must be an object`;
}

/** @param {unknown} value */
function holds(value) {
  return isAbsent(value) || isObject(value);
}

/** @param {unknown} value */
function isShortText(value) {
  return isAbsent(value) || (typeof value === 'string' && value.length > 0 && value.length <= TEXT_LENGTH_MAX);
}

/** @param {unknown} value */
function isTime(value) {
  if (isAbsent(value)) return true;
  return typeof value === 'string' && value.length <= TIME_LENGTH_MAX && (TIME.test(value) || !Number.isNaN(Date.parse(value)));
}

/** @param {unknown} value */
function isAbsent(value) {
  return value === undefined || value === null;
}

/** @type {Set<unknown>} */
const TYPES = new Set(['page', 'track', 'identify']);
const TEXTS = ['event', 'messageId', 'anonymousId', 'userId', 'sessionId'];
const OBJECTS = ['properties', 'traits', 'context'];
/** What Kinesis allows a partition key, which an anonymousId becomes. */
const TEXT_LENGTH_MAX = 256;
const TIME_LENGTH_MAX = 64;
/** What `toISOString` makes, but for the last days of a month: to parse it takes four times as long. */
const TIME = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

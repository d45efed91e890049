import { isObject } from './collector-json.js';

/**
 * What keeps an event from being one, or nothing. Fields that are not named here are the client's own and stay as they are.
 * @param {Record<string, unknown>} event
 * @returns {string | undefined}
 */
export function problemOf(event) {
  if (!TYPES.has(event.type)) return 'type must be page, track or identify';
  for (const name of TEXTS) {
    if (!isShortText(event[name])) return `${name} must be a string of 1 to ${TEXT_LENGTH_MAX} characters`;
  }
  if (event.type === 'track' && isAbsent(event.event)) return 'event must name what is tracked';
  if (!isTime(event.timestamp)) return 'timestamp must be a time in ISO 8601';
  for (const name of OBJECTS) {
    if (!isAbsent(event[name]) && !isObject(event[name])) return `${name} must be an object`;
  }
  return undefined;
}

/** @param {unknown} value */
function isShortText(value) {
  return isAbsent(value) || (typeof value === 'string' && value.length > 0 && value.length <= TEXT_LENGTH_MAX);
}

/** @param {unknown} value */
function isTime(value) {
  if (isAbsent(value)) return true;
  return typeof value === 'string' && value.length <= TIME_LENGTH_MAX && !Number.isNaN(Date.parse(value));
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

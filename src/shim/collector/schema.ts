import { type JsonObject, isObject } from './json.js';
import { normalizeTimestamp } from './timestamp.js';

/**
 * Checks the fields of an event. Fields without a name here belong to the client and may have any value.
 * @returns why the event is refused, or `undefined`
 */
export function findViolation(event: JsonObject): string | undefined {
  const { type, event: name, timestamp } = event;
  if (!TYPES.has(type)) return 'type must be page, track or identify';
  if (!areTexts(event)) return `${TEXTS.find((field) => !isOptionalText(event[field]))} must be ${TEXT_FORM}`;
  if (type === 'track' && isAbsent(name)) return 'event must name what is tracked';
  if (!isOptionalTime(timestamp)) return 'timestamp must be a time in ISO 8601';
  if (areObjects(event)) return undefined;
  return `${OBJECTS.find((field) => !isOptionalObject(event[field]))} must be an object`;
}

/** Naming the fields one by one reads them several times as fast as a loop over their names. */
function areTexts({ event: name, messageId, anonymousId, userId, sessionId }: JsonObject): boolean {
  const areIds = isOptionalText(messageId) && isOptionalText(anonymousId) && isOptionalText(userId);
  return areIds && isOptionalText(sessionId) && isOptionalText(name);
}

function areObjects({ properties, traits, context }: JsonObject): boolean {
  return isOptionalObject(properties) && isOptionalObject(traits) && isOptionalObject(context);
}

function isOptionalObject(value: unknown): boolean {
  return isAbsent(value) || isObject(value);
}

function isOptionalText(value: unknown): boolean {
  return isAbsent(value) || (typeof value === 'string' && value.length > 0 && hasCodePoints(value, TEXT_LENGTH_MAX));
}

/** Whether a text has no more code points. One takes up to two UTF-16 units, which `length` counts. */
function hasCodePoints(text: string, max: number): boolean {
  return text.length <= max || (text.length <= 2 * max && [...text].length <= max);
}

function isOptionalTime(value: unknown): boolean {
  return isAbsent(value) || (typeof value === 'string' && normalizeTimestamp(value) !== undefined);
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

const TYPES = new Set<unknown>(['page', 'track', 'identify']);
const TEXTS = ['event', 'messageId', 'anonymousId', 'userId', 'sessionId'];
const OBJECTS = ['properties', 'traits', 'context'];
/** Kinesis's limit of a partition key, which `anonymousId` becomes. It counts code points. */
const TEXT_LENGTH_MAX = 256;
const TEXT_FORM = `a string of 1 to ${TEXT_LENGTH_MAX} characters`;

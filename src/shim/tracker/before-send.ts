import { KinesisError, errorFrom } from '../core/error.js';
import { tagOf } from '../core/lost-content.js';
import { toWellFormedJson } from './text.js';
import type { ClickstreamEvent, TrackerOptions } from './types.js';

/**
 * Passes an event through `beforeSend`, and checks what that returns.
 * @returns `null` where the event is dropped
 * @throws `KinesisError` with what `beforeSend` has thrown, or naming the member that is invalid
 */
export function passBeforeSend(
  event: ClickstreamEvent,
  beforeSend: TrackerOptions['beforeSend'],
): ClickstreamEvent | null {
  if (!beforeSend) return event;
  try {
    const changed: unknown = beforeSend(event);
    return changed === null ? null : checkEvent(changed);
  } catch (error) {
    throw errorFrom(error, 'beforeSend failed');
  }
}

/** A copy of an event as JSON has it: what it is serialised from has no getters, and no `toJSON`. */
function checkEvent(changed: unknown): ClickstreamEvent {
  const type = tagOf(changed);
  need(type === 'Object', `an event, or null to drop it, not of type ${type}`);
  const event: ClickstreamEvent = JSON.parse(toWellFormedJson(changed as object));
  checkMembers(event);
  const ms = TIMESTAMP.test(`${event.timestamp}`) ? Date.parse(event.timestamp) : NaN;
  need(Number.isFinite(ms), 'an event whose timestamp is a time in ISO 8601');
  return { ...event, timestamp: new Date(ms).toISOString() };
}

function checkMembers(checked: ClickstreamEvent): void {
  const { type, event = type, userId = type, properties = {}, traits = {}, context } = checked;
  need(['page', 'track', 'identify'].includes(type), 'an event whose type is page, track or identify');
  for (const [name, value] of Object.entries({ event, userId }))
    need(typeof value === 'string' && value !== '', `an event whose ${name} is a string that is not empty`);
  for (const [name, value] of Object.entries({ properties, traits, context }))
    need(tagOf(value) === 'Object', `an event whose ${name} is an object`);
  for (const name of ['messageId', 'anonymousId', 'sessionId'] as const) {
    const value: unknown = checked[name];
    const length = typeof value === 'string' ? [...value].length : 0;
    need(length > 0 && length <= ID_LENGTH_MAX, `an event whose ${name} has 1 to ${ID_LENGTH_MAX} characters`);
  }
}

function need(isGood: boolean, what: string): void {
  if (!isGood) throw KinesisError.invalid(`beforeSend must return ${what}`);
}

/** In code points, as Kinesis counts partition keys. */
const ID_LENGTH_MAX = 256;
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

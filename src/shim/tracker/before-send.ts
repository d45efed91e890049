import { toJson } from '../core/json.js';
import { KinesisError, errorFrom } from '../core/error.js';
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
  need(typeof (changed as PromiseLike<unknown> | undefined)?.then !== 'function', 'an event at once, not a promise');
  const event: Record<string, unknown> | null = JSON.parse(toJson(changed) ?? 'null');
  need(event !== null && typeof event === 'object' && !Array.isArray(event), 'an event, or null to drop it');
  const checked = event as unknown as ClickstreamEvent;
  for (const name of ['messageId', 'anonymousId', 'sessionId'] as const) {
    const value: unknown = checked[name];
    const length = typeof value === 'string' ? [...value].length : 0;
    need(length > 0 && length <= ID_LENGTH_MAX, `an event whose ${name} has 1 to ${ID_LENGTH_MAX} characters`);
  }
  const ms = TIMESTAMP.test(`${checked.timestamp}`) ? Date.parse(checked.timestamp) : NaN;
  need(Number.isFinite(ms), 'an event whose timestamp is a time in ISO 8601');
  return { ...checked, timestamp: new Date(ms).toISOString() };
}

function need(isGood: boolean, what: string): void {
  if (!isGood) throw KinesisError.invalid(`beforeSend must return ${what}`);
}

/** In code points, as Kinesis counts partition keys. */
const ID_LENGTH_MAX = 256;
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

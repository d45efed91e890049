import { handleRejection } from '../core/error.js';
import { findLostContent, typeInWords } from '../core/lost-content.js';
import { UnrepeatedLog } from './unrepeated-log.js';
import { type JsonObject, isObject } from './json.js';
import { isDeeperThan } from './nesting.js';
import type { CollectorSettings } from './options.js';
import { isPromiseLike } from './promise-like.js';
import { findViolation } from './schema.js';
import type { ClickstreamEvent } from './types.js';

/** Calls the user's own check of events, and checks what it leaves of each: it may change them. */
export class Validator {
  readonly #settings: Pick<CollectorSettings, 'validate' | 'depthMax'>;
  readonly #log = new UnrepeatedLog();

  constructor(settings: Pick<CollectorSettings, 'validate' | 'depthMax'>) {
    this.#settings = settings;
  }

  /** @returns the event as the check leaves it, or the reason why it is refused */
  validate(event: JsonObject): JsonObject | string {
    if (!this.#settings.validate) return event;
    return this.#refusalOf(event) ?? this.#checked(event);
  }

  #refusalOf(event: JsonObject): string | undefined {
    try {
      const result: unknown = this.#settings.validate?.(event as unknown as ClickstreamEvent);
      if (result === true) return undefined;
      if (isPromiseLike(result)) return this.#refusePromise(result);
      return typeof result === 'string' && result !== '' ? result : REFUSED;
    } catch {
      return REFUSED;
    }
  }

  #refusePromise(promise: PromiseLike<unknown>): string {
    handleRejection(promise);
    this.#log.write('events are refused: validate returns a promise, but it must return true, false or a text at once');
    return NOT_AT_ONCE;
  }

  /** A copy by way of JSON, which is what the stream would get, and which later changes do not reach. */
  #checked(event: JsonObject): JsonObject | string {
    const copy = copyOf(event);
    if (typeof copy === 'string') return `${LEAVES} ${copy}`;
    if (!isObject(copy)) return `${LEAVES} no JSON object`;
    const { depthMax } = this.#settings;
    if (isDeeperThan(depthMax, copy)) return `${LEAVES} an event that is nested deeper than ${depthMax} levels`;
    const violation = findViolation(copy);
    return violation === undefined ? copy : `${LEAVES} a wrong event: ${violation}`;
  }
}

/**
 * `undefined` where the event has no JSON: it is circular, or has a BigInt. A text says of which member JSON would
 * leave out the content.
 */
function copyOf(event: JsonObject): unknown {
  try {
    const text = JSON.stringify(event);
    const lost = findLostContent(event, text);
    return lost ? `${lost.name} ${typeInWords(lost.value)}` : JSON.parse(text);
  } catch {
    return undefined;
  }
}

const REFUSED = 'it does not pass the collector’s own check';
const NOT_AT_ONCE = 'the collector’s own check returns a promise, but it must answer at once';
const LEAVES = 'the collector’s own check leaves';

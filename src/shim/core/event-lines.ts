import { KinesisError } from './error.js';
import { type Logger, log } from './logger.js';
import { type EventFacts, type KinesisEvent, type ObserverOwner, observing } from './observer.js';
import { now } from './time.js';

type Level = keyof Logger;

/**
 * Logs what happens in a client or a producer, in lines such as `retry records=3 reason="…" waitMs=120`. Records that
 * are accepted, stored or given up have no line of this kind.
 */
export function logEvents(owner: ObserverOwner, logger: Logger): void {
  const quotas = new Map<string, LineQuota>();
  observing(owner, (event) => {
    const level = levelOf(event);
    if (!level || !logger[level]) return;
    const kind = `${event.type} ${'state' in event ? event.state : ''}`;
    let quota = quotas.get(kind);
    if (!quota) quotas.set(kind, (quota = new LineQuota()));
    const omitted = quota.takeLine();
    if (omitted !== undefined) log(logger, level, lineOf(event, omitted));
  });
}

function levelOf(event: EventFacts): Level | undefined {
  switch (event.type) {
    case 'sent':
    case 'answered':
      return 'debug';
    case 'retry':
    case 'throttled':
      return 'info';
    case 'credentials':
      return event.state === 'asked' ? 'debug' : 'info';
    case 'connectivity':
      return event.state === 'probing' ? 'debug' : 'info';
    case 'core':
      // A module that does not load has a line of its own, with what to look at.
      if (event.state === 'failed') return undefined;
      return event.state === 'replaced' ? 'warn' : 'debug';
    default:
      return undefined;
  }
}

function lineOf({ at, type, ...facts }: KinesisEvent, omitted: number): string {
  const parts = Object.entries(facts).map(([name, value]) => `${name}=${textOf(value)}`);
  if (omitted > 0) parts.push(`linesOmitted=${omitted}`);
  return [type, ...parts].join(' ');
}

function textOf(value: unknown): string {
  return value instanceof KinesisError ? JSON.stringify(`${value.name}: ${value.message}`) : String(value);
}

/** Allows `LINES_MAX` lines of one kind in a second. */
class LineQuota {
  #from = -Infinity;
  #lines = 0;
  #omitted = 0;

  /** @returns how many lines were omitted since the last one; `undefined` where this one is omitted too */
  takeLine(): number | undefined {
    if (now() - this.#from >= 1000) {
      this.#from = now();
      this.#lines = 0;
    }
    if (this.#lines === LINES_MAX) {
      this.#omitted += 1;
      return undefined;
    }
    this.#lines += 1;
    const omitted = this.#omitted;
    this.#omitted = 0;
    return omitted;
  }
}

/** Lines of one kind in a second. */
const LINES_MAX = 10;

import { errorFrom } from '../core/error.js';
import { type PendingEvent, type Properties, completeEvent, setTitle } from './pending-event.js';
import type { Reporter } from './reporter.js';

/** Events that were tracked and not sent yet. They are in memory only. */
export class PendingEvents {
  #events: PendingEvent[] = [];
  readonly #reporter: Reporter;

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  /**
   * Calls `send` with each event that waits for nothing. Events that are added meanwhile follow, but not without end:
   * `beforeSend` and `onError` may track more each time.
   * @returns whether more are there
   */
  release(send: (event: PendingEvent) => void): boolean {
    for (let pass = 0; pass < RELEASE_PASSES; pass += 1) {
      // `beforeSend` of an earlier event may have dropped them all, by a withdrawal of consent.
      for (const event of this.#released) if (this.#events.includes(event)) send(event);
    }
    return this.#released.length > 0;
  }

  get #released(): PendingEvent[] {
    return this.#events.filter(({ awaitsTitle }) => !awaitsTitle);
  }

  /** @returns whether at most `PENDING_MAX` events wait now. The event is added in any case. */
  add(event: PendingEvent): boolean {
    return this.#events.push(event) <= PENDING_MAX;
  }

  remove(event: PendingEvent): void {
    this.#events = this.#events.filter((other) => other !== event);
  }

  /** Removes an event that is not sent. @param why the console has it with `debug` */
  drop(event: PendingEvent, why: string): void {
    this.remove(event);
    this.#reporter.logOutcome(`dropped: ${why}`, event);
  }

  dropAll(why: string): void {
    for (const event of this.#events) this.drop(event, why);
  }

  /**
   * Completes all, and drops those that cannot be read.
   * @param areTitled also those that wait for their title: they get the one that the page has now
   */
  complete(globalProperties: Properties, areTitled: boolean): void {
    for (const event of this.#events) {
      if (areTitled && event.awaitsTitle) setTitle(event);
      try {
        completeEvent(event, globalProperties);
      } catch (error) {
        this.remove(event);
        this.#reporter.report(errorFrom(error, 'the event could not be read'));
      }
    }
  }
}

/** The second is for events that are tracked in the first, which a page that is being closed has no later time for. */
const RELEASE_PASSES = 2;
/** Most events that wait in memory. */
export const PENDING_MAX = 500;

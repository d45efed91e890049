import { errorFrom } from '../core/error.js';
import { type PendingEvent, type Properties, completeEvent, setTitle } from './pending-event.js';
import type { Reporter } from './reporter.js';
import type { Visitor } from './visitor.js';

/** A call of `identify` or, without a user, of `reset`. It changes the visitor of the events that follow it. */
interface VisitorChange {
  userId: string | undefined;
}

type Entry = PendingEvent | VisitorChange;

/**
 * Events that were tracked and not sent yet, with the changes of the visitor between them. They are in memory only.
 */
export class PendingEvents {
  #entries: Entry[] = [];
  readonly #reporter: Reporter;

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  /**
   * Calls `send` with each event that waits for nothing, and changes the visitor, in the order of the calls. Events
   * that are added meanwhile follow, but not without end: `beforeSend` and `onError` may track more each time.
   * @returns whether more are there
   */
  release(send: (event: PendingEvent) => void, visitor: Pick<Visitor, 'identify' | 'reset'>): boolean {
    for (let pass = 0; pass < RELEASE_PASSES; pass += 1) {
      for (const entry of this.#released) {
        // `beforeSend` of an earlier event may have dropped them all, by a withdrawal of consent.
        if (!this.#entries.includes(entry)) continue;
        if (isEvent(entry)) {
          send(entry);
          continue;
        }
        this.remove(entry);
        if (entry.userId === undefined) visitor.reset();
        else visitor.identify(entry.userId);
      }
    }
    return this.#released.length > 0;
  }

  get #released(): Entry[] {
    return this.#entries.filter((entry) => !isEvent(entry) || !entry.awaitsTitle);
  }

  get #events(): PendingEvent[] {
    return this.#entries.filter(isEvent);
  }

  /** @returns whether at most `PENDING_MAX` events wait now. The event is added in any case. */
  add(event: PendingEvent): boolean {
    this.#entries.push(event);
    return this.#events.length <= PENDING_MAX;
  }

  /** @param userId none for a new visitor */
  changeVisitor(userId: string | undefined): void {
    // Changes that no event comes after are replaced, so that they do not pile up. A new visitor stays before its user.
    for (let last; (last = this.#entries[this.#entries.length - 1]) && !isEvent(last); this.#entries.pop())
      if (userId !== undefined && last.userId === undefined) break;
    this.#entries.push({ userId });
  }

  remove(entry: Entry): void {
    this.#entries = this.#entries.filter((other) => other !== entry);
  }

  /** Removes an event that is not sent. @param why the console has it with `debug` */
  drop(event: PendingEvent, why: string): void {
    this.remove(event);
    this.#reporter.logOutcome(`dropped: ${why}`, event);
  }

  dropAll(why: string): void {
    for (const event of this.#events) this.drop(event, why);
    this.#entries = [];
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

function isEvent(entry: Entry): entry is PendingEvent {
  return 'type' in entry;
}

/** The second is for events that are tracked in the first, which a page that is being closed has no later time for. */
const RELEASE_PASSES = 2;
/** Most events that wait in memory. */
export const PENDING_MAX = 500;

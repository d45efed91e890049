import { uuidv7 } from '../core/uuid.js';
import type { Campaign } from './campaign.js';
import { dispatchOnWindow } from './dom.js';
import { readStored, writeStored } from './storage.js';

/** What is known of a visitor. It is stored in this form. */
export interface VisitorState {
  anonymousId: string;
  sessionId: string;
  /** When the last event was sent, in milliseconds since 1970 by the device's clock. */
  seenAt: number;
  userId?: string | undefined;
  /** The campaign that has led to the session. */
  campaign?: Campaign | undefined;
}

/**
 * The visitor of this browser. `localStorage` keeps it, which all tabs of an origin share; memory does where that is
 * forbidden.
 */
export class Visitor {
  readonly #timeoutMs: number;
  #state: VisitorState | undefined;
  #isStored = false;
  /** What is stored is this state. */
  #isAnnouncing = false;
  /** This page has stored the visitor, and has not read another one since. */
  #isOwn = false;
  /** When the state that is stored says that the last event was sent. */
  #storedSeenAt = 0;

  /** @param timeoutMs without an event, after which a session is over */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Returns the state for an event that happens now, with a new session where the last one is over.
   * @param campaign that has led the visitor to this page: it replaces the session's
   */
  session(campaign?: Campaign): VisitorState {
    const now = Date.now();
    const last = this.#state ?? this.#read();
    const ageMs = Math.abs(now - (last?.seenAt ?? 0));
    const state = last && ageMs <= this.#timeoutMs ? { ...last, seenAt: now } : newSession(last);
    if (campaign) state.campaign = campaign;
    this.#state = state;
    if (campaign || state.sessionId !== last?.sessionId) this.#store(state);
    // Written in a later task: writing waits for another process, which may take longer than a closing tab has.
    else if (Math.abs(now - this.#storedSeenAt) > STORE_EVERY_MS)
      setTimeout(() => this.#state === state && this.#store(state));
    return state;
  }

  /** Whether the state was stored, and is not any more. */
  get isRemoved(): boolean {
    return this.#isStored && read() === undefined;
  }

  /** Reads the stored state again, unless it was removed. Returns whether it is there, or never was. */
  reload(): boolean {
    const isRemoved = this.isRemoved;
    if (!isRemoved) this.load();
    return !isRemoved;
  }

  /** Reads the stored state again, which another tab may have changed. */
  load(): void {
    if (this.#isAnnouncing) return;
    const stored = this.#read();
    this.#isOwn &&= stored?.anonymousId === this.#state?.anonymousId;
    this.#state = stored ?? this.#state;
    this.#isStored = stored !== undefined;
  }

  identify(userId: string): void {
    this.#store({ ...this.session(), userId });
  }

  /** Starts a new visitor. */
  reset(): void {
    // The stored state is replaced: other tabs read its removal as withdrawn consent.
    this.#store(newSession());
  }

  /**
   * Deletes the state from memory and storage.
   * @param isFromOtherPage consent was withdrawn in another page. That page, or a third one, may have stored a new
   * visitor since, with new consent, which stays: only what this page has stored meanwhile is deleted.
   */
  erase(isFromOtherPage: boolean): void {
    const isOwn = this.#isOwn && read()?.anonymousId === this.#state?.anonymousId;
    if (isFromOtherPage && isOwn) writeStored('localStorage', KEY, REMOVED_AFTER_WITHDRAWAL);
    if (!isFromOtherPage || isOwn) this.#store(undefined);
    this.#state = undefined;
    this.#isStored = this.#isOwn = false;
  }

  /** Makes the other trackers of this page read the state. */
  #announce(): void {
    this.#isAnnouncing = true;
    try {
      dispatchOnWindow(STORED);
    } catch {
      // Each tracker keeps what it has in memory.
    }
    this.#isAnnouncing = false;
  }

  #read(): VisitorState | undefined {
    const state = read();
    this.#storedSeenAt = Number(state?.seenAt) || 0;
    return state;
  }

  #store(state: VisitorState | undefined): void {
    this.#state = state;
    this.#storedSeenAt = state?.seenAt ?? 0;
    const isWritten = writeStored('localStorage', KEY, state);
    this.#isOwn = state !== undefined;
    this.#isStored = state !== undefined && read() !== undefined;
    if (isWritten && this.#isStored) this.#announce();
  }
}

/** A new session, of a new visitor where none is known yet. */
function newSession({ anonymousId = uuidv7(), userId }: Partial<VisitorState> = {}): VisitorState {
  return { anonymousId, sessionId: uuidv7(), seenAt: Date.now(), userId };
}

function read(): VisitorState | undefined {
  const state = readStored('localStorage', KEY) as Partial<VisitorState> | undefined;
  // Another script may have written something else.
  const isValid = UUID.test(`${state?.anonymousId}`) && UUID.test(`${state?.sessionId}`);
  return isValid ? (state as VisitorState) : undefined;
}

/** The event of the window by which the trackers of a page, of different bundles perhaps, learn what one has stored. */
export const STORED = 'kinesis-edge.visitorStored';
/** The key in `localStorage`. */
export const KEY = 'kinesis-edge.visitor';
/**
 * A page that has stored a visitor after another page had withdrawn consent writes this value, and then removes the
 * key. Other pages ignore the storage events of both: they would read the removal as a second withdrawal.
 */
export const REMOVED_AFTER_WITHDRAWAL = false;
/** A session's end is known to 5 s: that many milliseconds pass between two writes. */
const STORE_EVERY_MS = 5000;
const UUID = /^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/;

import { uuidv7 } from '../core/uuid.js';

/**
 * Shows by Web Locks which tabs are alive. Each outbox has a tab id, a random name, and holds the lock of that name
 * while it is alive. An outbox that acquires the lock of another tab, which must be dead, owns that tab's records from
 * then on.
 */
export class TabLocks {
  /** The id of this tab, under which this outbox writes records. */
  own = uuidv7();
  readonly #prefix: string;
  /** The tabs whose records this outbox owns, with functions that release their locks. */
  readonly #held = new Map<string, () => void>();
  /** The page is in the back/forward cache. */
  #isPageCached = false;
  /** The number of calls of `release`. A lock that was requested before such a call is not held after it. */
  #releases = 0;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  has(tab: string): boolean {
    return this.#held.has(tab);
  }

  /**
   * Acquires the lock of a tab if it is free, and holds it until `release` is called.
   * @param putAt when the tab put its last record
   * @returns whether the lock is held now
   */
  async acquire(tab: string, putAt = 0): Promise<boolean> {
    if (navigator.locks) return new Promise((resolve) => this.#request(tab, resolve));
    // Without https, and in very old browsers, there are no locks to show which tabs are alive. Records that are old
    // enough are sent, perhaps twice.
    if (putAt < Date.now() - ABANDONED_MS) this.#held.set(tab, () => {});
    return this.has(tab);
  }

  /** Acquires the lock of this tab: under another id where another tab has acquired that of the present one. */
  async acquireOwn(): Promise<void> {
    const releases = this.#releases;
    if (this.has(this.own) || (await this.acquire(this.own)) || releases !== this.#releases) return;
    this.own = uuidv7();
    await this.acquire(this.own);
  }

  /** Releases all locks. */
  release(): void {
    this.#releases += 1;
    for (const release of this.#held.values()) release();
    this.#held.clear();
  }

  /**
   * Releases the locks when the page goes into the back/forward cache, which takes no page that holds a lock. Other
   * tabs may acquire them meanwhile. Records that are put from now on have an id of their own, because only those from
   * before count as taken over when the page is back.
   */
  releaseForCache(): void {
    this.#isPageCached = true;
    for (const release of this.#held.values()) release();
    this.own = uuidv7();
  }

  /**
   * The page was restored from the back/forward cache: acquires again the locks that no other tab has acquired, and
   * that of records that were put when the page had gone into the cache. Later ones have another id again.
   */
  async acquireAfterCache(): Promise<void> {
    this.#isPageCached = false;
    const tabs = this.#held.size > 0 ? [...this.#held.keys(), this.own] : [];
    this.#held.clear();
    this.own = uuidv7();
    await Promise.all(tabs.map((tab) => this.acquire(tab)));
  }

  #request(tab: string, resolve: (isHeld: boolean) => void): void {
    const releases = this.#releases;
    navigator.locks
      .request(`${this.#prefix}/${tab}`, { ifAvailable: true }, (lock) => {
        const isHeld = Boolean(lock) && !this.#isPageCached && releases === this.#releases;
        resolve(isHeld);
        // The lock is held until this promise resolves.
        return isHeld && new Promise<void>((release) => this.#held.set(tab, release));
      })
      .catch(() => resolve(false));
  }
}

/** Without Web Locks, records that were put earlier than this many milliseconds ago belong to no tab. */
const ABANDONED_MS = 60_000;

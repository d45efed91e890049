/**
 * Web Locks show which outboxes are alive. Each outbox holds the lock of its tab, a random name, for its life. Whoever
 * gets the lock of another tab, which is dead then, owns that tab's records and keeps the lock.
 */
export class TabLocks {
  readonly #prefix: string;
  /** The tabs whose records this outbox owns, with functions that release their locks. */
  readonly #held = new Map<string, () => void>();
  #isSuspended = false;
  /** Counts releases: what was asked for before one is not held after it. */
  #releases = 0;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  has(tab: string): boolean {
    return this.#held.has(tab);
  }

  /**
   * Acquires the lock of a tab if it is free, until it is released.
   * @param putAt when the tab has last put a record
   * @returns whether the lock is held now
   */
  async acquire(tab: string, putAt = 0): Promise<boolean> {
    if (navigator.locks) return new Promise((resolve) => this.#request(tab, resolve));
    // Without https, and in very old browsers: which tabs are alive is not known. Records that are old enough are sent,
    // perhaps twice.
    if (putAt < Date.now() - ABANDONED_MS) this.#held.set(tab, () => {});
    return this.has(tab);
  }

  /** Releases all locks. */
  release(): void {
    this.#releases += 1;
    for (const release of this.#held.values()) release();
    this.#held.clear();
  }

  /**
   * Releases the locks for the back/forward cache, which takes no page that holds one. Other tabs may acquire them
   * meanwhile.
   */
  suspend(): void {
    this.#isSuspended = true;
    for (const release of this.#held.values()) release();
  }

  /** Acquires the locks again that no other tab has acquired. */
  async resume(): Promise<void> {
    this.#isSuspended = false;
    const tabs = [...this.#held.keys()];
    this.#held.clear();
    await Promise.all(tabs.map((tab) => this.acquire(tab)));
  }

  #request(tab: string, resolve: (isHeld: boolean) => void): void {
    const releases = this.#releases;
    navigator.locks
      .request(`${this.#prefix}/${tab}`, { ifAvailable: true }, (lock) => {
        const isHeld = Boolean(lock) && !this.#isSuspended && releases === this.#releases;
        resolve(isHeld);
        // The lock is held until this promise resolves.
        return isHeld && new Promise<void>((release) => this.#held.set(tab, release));
      })
      .catch(() => resolve(false));
  }
}

/** Without Web Locks, records that were put earlier than this many milliseconds ago belong to no tab. */
const ABANDONED_MS = 60_000;

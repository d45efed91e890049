// Web Storage: `localStorage` is shared by the tabs of an origin, which get events of each other's changes; each has a `sessionStorage` of its own.

export class Storage {
  #world;
  #kind;
  #local = new Map();
  /** Called with each value that is stored. */
  onStore = () => {};

  /** @param kind `ok`, `full` (no value can be stored), or `slow` (the events of other tabs come late) */
  constructor(world, kind) {
    this.#world = world;
    this.#kind = kind;
  }

  get local() {
    return this.#local;
  }

  /** What a realm has of it. `others` are the realms of the other tabs. */
  of(realm, others) {
    const session = new Map();
    const areaOf = (name) => (name === 'localStorage' ? this.#local : session);
    const tell = (name, key, oldValue, newValue) => {
      if (name !== 'localStorage') return;
      // A page in the back/forward cache gets no events. What was on its way when the page got there comes when it is back.
      for (const other of others().filter(({ isFrozen }) => !isFrozen))
        this.#world.scheduler.after(this.#kind === 'slow' ? 400 : 3, () => {
          if (other !== realm && !other.isDead) other.dispatch({ type: 'storage', key, oldValue, newValue });
        });
    };
    return {
      get: (name, key) => areaOf(name).get(key),
      set: (name, key, value) => {
        if (this.#kind === 'full') return false;
        const oldValue = areaOf(name).get(key) ?? null;
        areaOf(name).set(key, value);
        this.onStore(realm, name, key);
        tell(name, key, oldValue, value);
        return true;
      },
      remove: (name, key) => {
        const oldValue = areaOf(name).get(key);
        if (areaOf(name).delete(key)) tell(name, key, oldValue, null);
      },
    };
  }
}

// Web Locks of an origin: a lock is held until its promise settles, or its page is gone.
// https://w3c.github.io/web-locks/

export class Locks {
  #world;
  /** The realm that holds a lock, by its name. */
  #held = new Map();

  constructor(world) {
    this.#world = world;
  }

  /** The `navigator.locks` of a realm. Only `ifAvailable` is used. */
  of(realm) {
    return realm.inner.makeLocks((name, enter) =>
      realm.later(this.#world.chance.between(1, 4), 'a lock', () => {
        const isFree = !this.#held.has(name);
        if (isFree) this.#held.set(name, realm);
        enter(isFree, () => this.#held.get(name) === realm && this.#held.delete(name));
      }),
    );
  }

  heldBy(realm) {
    return [...this.#held.values()].filter((holder) => holder === realm).length;
  }

  kill(realm) {
    for (const [name, holder] of this.#held) if (holder === realm) this.#held.delete(name);
  }
}

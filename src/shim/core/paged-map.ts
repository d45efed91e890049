/**
 * A map whose keys are whole numbers that are given out one after the other. Many keys share a page: a `Map` with an
 * entry for each takes more time than the core needs for a record.
 */
export class PagedMap<T extends object> {
  readonly #pages = new Map<number, { values: (T | undefined)[]; count: number }>();

  values(): T[] {
    return [...this.#pages.values()].flatMap(({ values }) => values.flatMap((value) => value ?? []));
  }

  /** @param key that has no value */
  add(key: number, value: T): void {
    const place = key % PAGE_SIZE;
    let page = this.#pages.get(key - place);
    if (!page) this.#pages.set(key - place, (page = { values: Array(PAGE_SIZE), count: 0 }));
    page.values[place] = value;
    page.count += 1;
  }

  get(key: number): T | undefined {
    const place = key % PAGE_SIZE;
    return this.#pages.get(key - place)?.values[place];
  }

  /** Removes a key, and returns its value. */
  remove(key: number): T | undefined {
    const place = key % PAGE_SIZE;
    const page = this.#pages.get(key - place);
    const value = page?.values[place];
    if (!page || !value) return undefined;
    page.values[place] = undefined;
    page.count -= 1;
    if (page.count === 0) this.#pages.delete(key - place);
    return value;
  }
}

const PAGE_SIZE = 64;

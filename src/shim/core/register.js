/**
 * What belongs to numbers that are given out one after the other. Many of them share a page: a `Map` with an entry for each takes
 * more time than the core needs for a record.
 * @template {object} T
 */
export class Register {
  /** @type {Map<number, { values: (T | undefined)[], count: number }>} */
  #pages = new Map();

  /** @returns {T[]} */
  values() {
    return [...this.#pages.values()].flatMap(({ values }) => values.flatMap((value) => value ?? []));
  }

  /**
   * @param {number} number that has no value
   * @param {T} value
   */
  add(number, value) {
    const place = number % PAGE_SIZE;
    let page = this.#pages.get(number - place);
    if (!page) this.#pages.set(number - place, (page = { values: Array(PAGE_SIZE), count: 0 }));
    page.values[place] = value;
    page.count += 1;
  }

  /** @param {number} number */
  take(number) {
    const place = number % PAGE_SIZE;
    const page = this.#pages.get(number - place);
    const value = page?.values[place];
    if (!page || !value) return undefined;
    page.values[place] = undefined;
    page.count -= 1;
    if (page.count === 0) this.#pages.delete(number - place);
    return value;
  }
}

const PAGE_SIZE = 64;

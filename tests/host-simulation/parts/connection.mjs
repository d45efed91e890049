// What the `fetch` of a realm reaches: the module's file, the page's own server and Kinesis, while there is a network.

const MODULE_URL = 'https://page.example/kinesis-edge/kinesis-edge.wasm';

export class Connection {
  isOffline = false;
  #world;
  #realm;
  #load;
  #loadNumber = 0;
  /** Requests of the module's file that have no answer yet. */
  loadsInProgress = 0;

  constructor(world, realm) {
    this.#world = world;
    this.#realm = realm;
  }

  /** Loads the module as the plan says. @returns whether it is there at once */
  load(load) {
    this.#load = load;
    const { edge } = this.#realm;
    const { wasm } = this.#world.bundle;
    if (load.isAtOnce) {
      this.#realm.turn('the module is there', () => edge.wholeModule.loadNow(this.#realm.inner.copyBytes(wasm)));
      return true;
    }
    this.#realm.turn('the module is fetched', () => void edge.wholeModule.loadFrom(() => edge.fetchModule(edge.buildName, () => new URL(MODULE_URL), undefined)).catch(() => {}));
    return false;
  }

  fetch(url, init, readers) {
    if (url === MODULE_URL) return this.#fetchModule();
    if (init.method === 'HEAD') return this.#fetchClock();
    if (this.isOffline) return this.#fetchOffline();
    return this.#world.network.fetch(this.#realm, url, init, readers);
  }

  /** The page's own server, which the tracker asks for the time. */
  #fetchClock() {
    const { chance, scheduler } = this.#world;
    const start = (respond, fail) => this.#realm.later(chance.between(1, 60), 'the time', () => (this.isOffline ? fail('TypeError', 'Failed to fetch') : respond(200, { date: new Date(scheduler.now).toUTCString() }, (give) => give(Buffer.alloc(0)))));
    return { abort: () => true, start };
  }

  #fetchOffline() {
    return { abort: () => true, start: (_, fail) => this.#realm.later(3, 'a request without a network', () => fail('TypeError', 'Failed to fetch')) };
  }

  #fetchModule() {
    const load = this.#load;
    const attempt = load.attempts[this.#loadNumber];
    this.#loadNumber += 1;
    this.#world.say(`${this.#realm.name} the module is fetched: ${attempt?.kind ?? 'it comes'}`);
    if (attempt?.kind === 'throws') return { throws: 'fetch has thrown' };
    this.loadsInProgress += 1;
    if (attempt?.kind === 'never') return { abort: () => true, start: () => {} };
    return {
      abort: () => true,
      start: (respond, fail) =>
        this.#realm.later(attempt?.ms ?? load.ms ?? 10, 'the module', () => {
          this.loadsInProgress -= 1;
          if (attempt?.kind === 'lost') return fail('TypeError', 'Failed to fetch');
          if (attempt?.kind === 'missing') return respond(404, { 'content-type': 'text/html' }, (give) => give(Buffer.from('none')));
          if (attempt?.kind === 'page') return respond(200, { 'content-type': 'text/html; charset=utf-8' }, (give) => give(Buffer.from('<html>')));
          const bytes = attempt?.kind === 'garbage' ? Buffer.from('no module') : this.#world.bundle.wasm;
          return respond(200, { 'content-type': 'application/wasm' }, (give) => give(bytes));
        }),
    };
  }
}

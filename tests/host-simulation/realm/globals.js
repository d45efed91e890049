// The globals of one page, Worker or process, evaluated in its realm: everything that the shim sees of its host. What they do is decided by
// `host`, outside of the realm. Promises, errors and objects are made in here, so that they belong to the realm.
(function installGlobals(host) {
  const g = globalThis;
  // A stack says nothing here that its message does not, and takes time to make.
  Error.stackTraceLimit = 1;
  const errorOf = (name, message) => Object.assign(name === 'TypeError' ? new TypeError(message) : new Error(message), name === 'TypeError' ? {} : { name });

  // ── events ──

  class EventTarget {
    #listeners = [];
    addEventListener(type, listener, options) {
      const { capture = false, once = false, signal } = typeof options === 'object' && options !== null ? options : { capture: Boolean(options) };
      if (signal?.aborted || this.#listeners.some((other) => other.type === type && other.listener === listener && other.capture === capture)) return;
      this.#listeners.push({ type, listener, capture, once });
      signal?.addEventListener('abort', () => this.removeEventListener(type, listener, { capture }));
    }
    removeEventListener(type, listener, options) {
      const capture = typeof options === 'object' && options !== null ? Boolean(options.capture) : Boolean(options);
      this.#listeners = this.#listeners.filter((other) => other.type !== type || other.listener !== listener || other.capture !== capture);
    }
    dispatchEvent(event) {
      event.target ??= this;
      const mine = this.#listeners.filter(({ type }) => type === event.type);
      for (const entry of [...mine.filter(({ capture }) => capture), ...mine.filter(({ capture }) => !capture)]) {
        if (!this.#listeners.includes(entry)) continue;
        if (entry.once) this.#listeners = this.#listeners.filter((other) => other !== entry);
        try {
          if (typeof entry.listener === 'function') entry.listener.call(this, event);
          else entry.listener.handleEvent(event);
        } catch (error) {
          host.uncaught(error, `a listener of ${event.type}`);
        }
      }
      this[`on${event.type}`]?.(event);
      return true;
    }
    listenerTypes() {
      return this.#listeners.map(({ type }) => type);
    }
  }
  class AbortSignal extends EventTarget {
    aborted = false;
    reason = undefined;
    throwIfAborted() {
      if (this.aborted) throw this.reason;
    }
    static timeout(ms) {
      const controller = new AbortController();
      host.setTimer(ms, () => controller.abort(errorOf('TimeoutError', 'the time is over')), false);
      return controller.signal;
    }
  }
  class AbortController {
    signal = new AbortSignal();
    abort(reason = errorOf('AbortError', 'aborted')) {
      if (this.signal.aborted) return;
      this.signal.aborted = true;
      this.signal.reason = reason;
      this.signal.dispatchEvent({ type: 'abort' });
    }
  }
  const page = new EventTarget();
  for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent', 'listenerTypes']) g[name] = page[name].bind(page);

  // ── time and chance ──

  const RealDate = Date;
  g.Date = class Date extends RealDate {
    constructor(...parts) {
      if (parts.length > 0) super(...parts);
      else super(host.dateNow());
    }
    static now() {
      return host.dateNow();
    }
  };
  g.performance = { timeOrigin: host.timeOrigin(), now: () => host.performanceNow() };
  g.setTimeout = (work, ms, ...rest) => host.setTimer(ms, () => work(...rest), true);
  g.setInterval = (work, ms, ...rest) => host.setInterval(ms, () => work(...rest));
  g.clearTimeout = g.clearInterval = (id) => host.clearTimer(id);
  g.queueMicrotask = (work) => {
    host.countTurn('queueMicrotask');
    Promise.resolve().then(() => {
      try {
        work();
      } catch (error) {
        host.uncaught(error, 'a microtask');
      }
    });
  };
  Math.random = () => host.random();
  g.crypto = {
    getRandomValues(array) {
      const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      for (let at = 0; at < bytes.length; at += 1) bytes[at] = host.randomByte();
      return array;
    },
    subtle: {
      digest: (_, data) => {
        // The native one copies the bytes at once.
        const copy = new Uint8Array(data);
        return new Promise((resolve, reject) => host.digest(copy, (hash) => resolve(new Uint8Array(hash).buffer), () => reject(errorOf('OperationError', 'no digest'))));
      },
    },
  };

  // ── texts ──

  g.atob = host.atob;
  g.URL = host.URL;
  g.URLSearchParams = host.URLSearchParams;
  const encoder = new host.TextEncoder();
  g.TextEncoder = class TextEncoder {
    encode(text) {
      return new Uint8Array(encoder.encode(text));
    }
    encodeInto(text, bytes) {
      return encoder.encodeInto(text, bytes);
    }
  };
  g.TextDecoder = class TextDecoder {
    #decoder;
    constructor(label, options) {
      this.#decoder = new host.TextDecoder(label, options);
    }
    decode(bytes) {
      try {
        return this.#decoder.decode(bytes);
      } catch (error) {
        throw new TypeError(error.message);
      }
    }
  };
  g.console = Object.fromEntries(['debug', 'error', 'info', 'log', 'warn'].map((level) => [level, (...content) => host.log(level, content)]));

  // ── fetch ──

  class Headers {
    #values = new Map();
    constructor(init = {}) {
      for (const [name, value] of Object.entries(init)) this.set(name, value);
    }
    get(name) {
      return this.#values.get(name.toLowerCase()) ?? null;
    }
    set(name, value) {
      this.#values.set(name.toLowerCase(), String(value));
    }
    entries() {
      return this.#values.entries();
    }
  }
  class Response {
    #read;
    constructor(body, { status = 200, headers, read } = {}) {
      this.status = status;
      this.ok = status >= 200 && status < 300;
      this.statusText = '';
      this.type = 'basic';
      this.headers = headers instanceof Headers ? headers : new Headers(headers);
      // A string or bytes where it is made in the realm; else what the host reads.
      this.own = body;
      this.#read = read;
    }
    arrayBuffer() {
      if (!this.#read) return Promise.resolve(new g.TextEncoder().encode(this.own ?? '').buffer);
      return new Promise((resolve, reject) => this.#read((bytes) => resolve(new Uint8Array(bytes).buffer), (name, message) => reject(errorOf(name, message))));
    }
    async text() {
      return new g.TextDecoder().decode(new Uint8Array(await this.arrayBuffer()));
    }
    async json() {
      return JSON.parse(await this.text());
    }
  }
  g.fetch = function fetch(url, init = {}) {
    host.countTurn('fetch');
    // What a fault of the simulation makes of it, at once.
    const behaviour = host.fetch(String(url), init, {
      readBody: () => init.body,
      readHeaders: () => Object.entries(init.headers ?? {}),
    });
    if (behaviour.throws) throw errorOf('TypeError', behaviour.throws);
    if ('returns' in behaviour) return behaviour.returns;
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        if (!behaviour.abort()) return;
        reject(init.signal.reason ?? errorOf('AbortError', 'aborted'));
      };
      if (init.signal?.aborted) return onAbort();
      init.signal?.addEventListener('abort', onAbort);
      behaviour.start(
        (status, headers, read, members) => {
          // An abort ends the reading of the body, too.
          resolve(Object.assign(new Response(undefined, { status, headers, read }), members));
        },
        (name, message) => reject(errorOf(name, message)),
      );
    });
  };
  class Event {
    constructor(type) {
      this.type = type;
    }
  }
  Object.assign(g, { Event, EventTarget, AbortSignal, AbortController, Headers, Response });

  // ── modules ──

  const Wasm = WebAssembly;
  const instantiate = (bytes, imports) =>
    new Promise((resolve, reject) =>
      host.setTimer(host.compileMs(), () => {
        try {
          const module = bytes instanceof Wasm.Module ? bytes : new Wasm.Module(bytes);
          resolve({ module, instance: new Wasm.Instance(module, imports) });
        } catch (error) {
          reject(error);
        }
      }, false),
    );
  const compile = (bytes) =>
    new Promise((resolve, reject) =>
      host.setTimer(host.compileMs(), () => {
        try {
          resolve(new Wasm.Module(bytes));
        } catch (error) {
          reject(error);
        }
      }, false),
    );
  Wasm.compile = compile;
  Wasm.compileStreaming = async (response) => compile(await (await response).arrayBuffer());
  Wasm.instantiateStreaming = async (response, imports) => {
    const { headers } = await response;
    if (headers.get('content-type') !== 'application/wasm') throw new TypeError('the response has no MIME type of a module');
    return instantiate(await (await response).arrayBuffer(), imports);
  };
  Wasm.instantiate = async (source, imports) => {
    const made = await instantiate(source, imports);
    return source instanceof Wasm.Module ? made.instance : made;
  };

  /** What a page has beside: a document, an address, and storage that it shares with the other tabs of its origin. */
  const installPage = ({ url, storage }) => {
    const { href, search, pathname, origin, host: hostName, hash } = new g.URL(url);
    const area = (name) => ({
      getItem: (key) => storage.get(name, key) ?? null,
      setItem(key, value) {
        if (!storage.set(name, key, String(value))) throw errorOf('QuotaExceededError', 'the storage is full');
      },
      removeItem: (key) => storage.remove(name, key),
    });
    class Document extends EventTarget {}
    const members = { URL: url, baseURI: url, title: 'a page', referrer: '', hidden: false, prerendering: false, documentElement: { scrollHeight: 2000, clientHeight: 500 } };
    // Members of the prototype, as in a browser.
    for (const name of Object.keys(members)) {
      Object.defineProperty(Document.prototype, name, { get: () => members[name], set: (value) => void (members[name] = value) });
    }
    class Element {}
    class Text {}
    class HTMLAnchorElement extends Element {}
    Object.assign(g, {
      window: g,
      document: new Document(),
      location: { href, search, pathname, origin, host: hostName, hash },
      history: { pushState() {}, replaceState() {} },
      screen: { width: 800, height: 600 },
      innerWidth: 800,
      innerHeight: 600,
      devicePixelRatio: 1,
      scrollY: 0,
      localStorage: area('localStorage'),
      sessionStorage: area('sessionStorage'),
      ...{ Document, Element, Text, HTMLAnchorElement },
    });
  };

  /** @param request asks the host for a lock: it calls back with whether it is free, and with what releases it */
  const makeLocks = (request) => ({
    request: (name, _, work) =>
      new Promise((resolve, reject) =>
        request(name, (isFree, release) => {
          const done = (async () => work(isFree ? { name } : null))();
          done.then(resolve, reject);
          // A function of the realm itself: what is outside has another queue of microtasks.
          const leave = () => void release();
          if (isFree) done.then(leave, leave);
        }),
      ),
  });

  return { errorOf, installPage, makeLocks, copyBytes: (bytes) => new Uint8Array(bytes), parse: (text) => JSON.parse(text), page };
});

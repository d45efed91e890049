import { watchClicks } from './clicks.js';

/**
 * What a page tells by itself.
 * @typedef {{ pageViews: boolean, clicks: boolean, forms: boolean, scroll: boolean, engagement: boolean, errors: boolean, webVitals: boolean | (() => Promise<any>) }} Chosen
 */
export class Auto {
  #tracker;
  #chosen;
  #controller = new AbortController();
  #url = address();
  #hasPageView = false;
  /** A view of a single page waits until its title is set. @type {ReturnType<typeof setTimeout> | undefined} */
  #pending;
  #depth = 0;
  #engagedMs = 0;
  #activeAt = performance.now();
  #errors = 0;

  /**
   * @param {{ page: () => void, track: (tell: import('./tracker.js').Tell) => void, moved: (referrer: string) => void, report: (message: string, cause: unknown) => void }} tracker
   * @param {Chosen} chosen
   */
  constructor(tracker, chosen) {
    this.#tracker = tracker;
    this.#chosen = chosen;
    const { signal } = this.#controller;
    const passive = { capture: true, passive: true, signal };
    this.#watchAddress(signal);
    watchClicks(tracker.track, chosen, signal);
    if (chosen.scroll) addEventListener('scroll', () => this.#scrolled(), passive);
    for (const type of ['pointerdown', 'pointermove', 'keydown', 'scroll', 'focus']) {
      if (chosen.engagement) addEventListener(type, () => this.#tick(), passive);
    }
    if (chosen.errors) {
      addEventListener('error', (event) => this.#failed(event.error ?? event, event), { signal });
      addEventListener('unhandledrejection', ({ reason }) => this.#failed(reason), { signal });
    }
    if (chosen.webVitals) this.#watchVitals(chosen.webVitals);
    if (chosen.pageViews) tracker.page();
    this.#hasPageView = chosen.pageViews;
  }

  /** The page is about to be hidden, or to close. */
  leave() {
    this.#viewed();
    this.#disengage();
  }

  /** It is seen again: what was between does not count. */
  back() {
    this.#activeAt = performance.now();
  }

  stop() {
    clearTimeout(this.#pending);
    this.#controller.abort();
  }

  // ── page views ──

  /** @param {AbortSignal} signal */
  #watchAddress(signal) {
    const look = () => this.#moved();
    addEventListener('popstate', look, { signal });
    const { navigation } = /** @type {any} */ (globalThis);
    if (navigation) {
      navigation.addEventListener('currententrychange', look, { signal });
      return;
    }
    for (const name of /** @type {const} */ (['pushState', 'replaceState'])) {
      const original = history[name];
      history[name] = function (...args) {
        original.apply(this, args);
        if (!signal.aborted) look();
      };
    }
  }

  #moved() {
    const url = address();
    if (url === this.#url) return;
    this.#viewed();
    this.#disengage();
    const referrer = this.#url;
    this.#url = url;
    this.#depth = 0;
    this.#errors = 0;
    this.#tracker.moved(referrer);
    // The title is set after the address.
    if (this.#hasPageView) this.#pending = setTimeout(() => this.#viewed());
  }

  #viewed() {
    if (this.#pending === undefined) return;
    clearTimeout(this.#pending);
    this.#pending = undefined;
    this.#tracker.page();
  }

  // ── attention ──

  #scrolled() {
    const { scrollHeight, clientHeight } = document.documentElement;
    const seen = ((scrollY + clientHeight) / scrollHeight) * 100;
    // Sub-pixels keep the last bit of a page out of reach.
    const depth = Math.floor((seen + 0.5) / DEPTH_STEP) * DEPTH_STEP;
    if (scrollHeight <= clientHeight || depth <= this.#depth) return;
    this.#depth = depth;
    this.#tracker.track(() => ['scroll', { depth }]);
  }

  /** The time since the last sign of life, as far as somebody may have read meanwhile. */
  #tick() {
    const now = performance.now();
    this.#engagedMs += Math.min(now - this.#activeAt, IDLE_MS);
    this.#activeAt = now;
  }

  #disengage() {
    if (!this.#chosen.engagement) return;
    this.#tick();
    const engagedMs = Math.round(this.#engagedMs);
    if (engagedMs < ENGAGED_MS_MIN) return;
    this.#engagedMs = 0;
    this.#tracker.track(() => ['engagement', { engagedMs }]);
  }

  // ── errors and vitals ──

  /**
   * @param {any} error
   * @param {ErrorEvent} [event]
   */
  #failed(error, event) {
    // One that throws in each frame must not flood the stream.
    if ((this.#errors += 1) > ERRORS_MAX) return;
    const { filename, lineno, colno } = event ?? {};
    const text = (/** @type {unknown} */ value) => (value ? String(value).slice(0, ERROR_TEXT_MAX) : undefined);
    // Now, as what was thrown may be anything, and may not turn into text.
    const properties = { name: text(error?.name), message: text(error?.message ?? error), source: filename, line: lineno, column: colno, stack: text(error?.stack) };
    this.#tracker.track(() => ['error', properties]);
  }

  /** @param {true | (() => Promise<any>)} load */
  async #watchVitals(load) {
    // Not a literal, which bundlers would demand of everybody: with `true` the page's import map says where it is.
    const name = 'web-vitals';
    try {
      const vitals = await (typeof load === 'function' ? load() : import(/* webpackIgnore: true */ /* @vite-ignore */ name));
      for (const metric of ['CLS', 'FCP', 'INP', 'LCP', 'TTFB']) {
        vitals[`on${metric}`]?.((/** @type {any} */ { name, value, rating, id, navigationType }) => {
          if (!this.#controller.signal.aborted) this.#tracker.track(() => ['web_vital', { metric: name, value, rating, id, navigationType }]);
        });
      }
    } catch (error) {
      this.#tracker.report('autoTrack.webVitals finds no web-vitals in the import map; with a bundler give `() => import("web-vitals")`', error);
    }
  }
}

/** Without a fragment that only scrolls. */
function address() {
  const { href, hash } = location;
  return /^#[!/]/.test(hash) ? href : href.replace(/#.*/, '');
}

/** Per cent of a page. */
const DEPTH_STEP = 25;
/** A reader gives a sign of life that often. */
const IDLE_MS = 30_000;
const ENGAGED_MS_MIN = 1000;
const ERRORS_MAX = 10;
const ERROR_TEXT_MAX = 1000;

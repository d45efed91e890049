/** What is shown of the books: numbers, stages, charts, and a sentence where one is worth it. */
import { count } from '../format.js';
import { Chart, quantile } from './charts.js';
import { numbersIn } from './numbers.js';

const NUMBERS_MS = 100;
const CHARTS_MS = 500;
const SPOKEN_MS = 5000;
const POINTS_MAX = 8;
/** Who says that an event is stored, by the way out. */
const STORED_BY = { straight: 'on the shards', direct: 'by the collector', queue: 'in the queue' };

/** @typedef {{ way: string, isDead: boolean, wasKilled: boolean, clockOffsetMs: number }} State of the shop */

export class Board {
  #root;
  #eventStates;
  #rates;
  #traffic;
  #ring;
  #state;
  #write;
  #charts;

  /**
   * @param {ParentNode} root
   * @param {{ eventStates: import('./event-states.js').EventStates, rates: import('./rates.js').Rates, traffic: import('./traffic.js').Traffic, ring: import('./ring.js').LiveRing }} places
   * @param {() => State} state
   */
  constructor(root, { eventStates, rates, traffic, ring }, state) {
    this.#root = root;
    this.#eventStates = eventStates;
    this.#rates = rates;
    this.#traffic = traffic;
    this.#ring = ring;
    this.#state = state;
    this.#write = numbersIn(root);
    this.#charts = chartsIn(root);
  }

  /** Numbers ten times a second, charts twice; nothing while the page is hidden. */
  run() {
    const parts = [
      { every: NUMBERS_MS, show: () => this.#showNumbers(), last: 0 },
      { every: CHARTS_MS, show: () => this.#showCharts(), last: 0 },
      { every: SPOKEN_MS, show: () => this.#speak(), last: 0 },
    ];
    const beat = (now) => {
      for (const part of parts) {
        if (now - part.last < part.every) continue;
        part.last = now;
        part.show();
      }
      requestAnimationFrame(beat);
    };
    requestAnimationFrame(beat);
  }

  #showNumbers() {
    const { put, delivered, waiting, lost, read } = this.#eventStates.counts;
    for (const [name, value] of Object.entries({ put, delivered, waiting, lost, read })) this.#write(name, value);
    this.#write('read-note', this.#found());
    this.#showStages();
    this.#write('note', this.#note());
    this.#ring.waiting(waiting);
    const share = this.#root.querySelector('.share');
    share.firstElementChild.style.transform = `scaleX(${put ? delivered / put : 0})`;
    share.toggleAttribute('data-waiting', waiting > 0);
    this.#root.querySelector('#lost').toggleAttribute('data-bad', lost > 0);
  }

  #showStages() {
    const { waiting, delivered } = this.#eventStates.counts;
    const { inFlight, perRequest } = this.#traffic;
    const { way } = this.#state();
    this.#write('queued', Math.max(0, waiting - inFlight.events));
    this.#write('batched', perRequest ? perRequest.toFixed(perRequest < 10 ? 1 : 0) : '–');
    this.#write('signed-name', way === 'straight' ? 'Signed' : 'Sent');
    this.#write('signed', this.#traffic.requests);
    this.#write('in-flight', inFlight.events);
    this.#write('in-flight-note', `in ${count(inFlight.requests, 'request')}`);
    this.#write('stored', delivered);
    this.#write('stored-note', STORED_BY[way]);
  }

  #showCharts() {
    const { past } = this.#rates;
    for (const chart of this.#charts) chart.show(past);
    this.#ring.label();
  }

  #found() {
    const { delivered, found, twice } = this.#eventStates.counts;
    if (delivered > found) return `${(delivered - found).toLocaleString('en')} to find`;
    return twice ? `all found, ${twice.toLocaleString('en')} twice` : 'all found';
  }

  #note() {
    const { isDead, wasKilled, clockOffsetMs } = this.#state();
    const { left, missing } = this.#eventStates.abandoned;
    const { waiting, lost } = this.#eventStates.counts;
    const hours = Math.round(clockOffsetMs / 3_600_000);
    if (isDead) return `The shop’s script has ended. ${count(waiting, 'event')} not yet delivered.`;
    if (wasKilled && lost) return `${count(lost, 'event')} had not been written to the outbox when the tab was killed.`;
    if (wasKilled && left && !missing) return `${count(left, 'event')} of the killed tab came back from its outbox.`;
    if (hours) return `Clock found wrong by ${hours} h, and corrected.`;
    return 'Every dot is an event; its angle is its hash key.';
  }

  /** For those who listen; seldom, as it interrupts. */
  #speak() {
    const { put, delivered, waiting, lost } = this.#eventStates.counts;
    this.#write('spoken', `${put} put, ${delivered} delivered, ${waiting} waiting, ${lost} lost`);
  }
}

function chartsIn(root) {
  return [
    new Chart(root.querySelector('#chart-records'), {
      least: 10,
      series: [{ kind: 'area', name: 'stored', of: ({ stored }) => stored }, { kind: 'line', name: 'put', of: ({ put }) => put }],
      headline: (past) => `${past.at(-1).stored.toLocaleString('en')} / s`,
    }),
    new Chart(root.querySelector('#chart-latency'), {
      least: 20,
      series: [{ kind: 'points', name: 'each', of: ({ latencies }) => slowest(latencies) }, { kind: 'line', name: 'median', of: ({ latencies }) => median(latencies) }],
      headline: (past) => reported(median(past.flatMap(({ latencies }) => latencies))),
    }),
    new Chart(root.querySelector('#chart-retries'), {
      least: 10,
      series: [{ kind: 'bars', name: 'retried', of: ({ retried }) => retried }],
      headline: (past) => `${past.reduce((sum, { retried }) => sum + retried, 0).toLocaleString('en')} / min`,
    }),
  ];
}

/** @param {number[]} latencies */
function slowest(latencies) {
  return latencies.length > POINTS_MAX ? latencies.toSorted((a, b) => b - a).slice(0, POINTS_MAX) : latencies;
}

/** @param {number[]} latencies */
function median(latencies) {
  return latencies.length ? quantile(latencies, 0.5) : undefined;
}

/** @param {number | undefined} ms */
function reported(ms) {
  return ms === undefined ? '–' : `${Math.round(ms)} ms`;
}

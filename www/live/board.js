/** What is shown of the books: numbers, stages, charts, and a sentence where one is worth it. */
import { count, number } from '../format.js';
import { Chart, quantile } from './charts.js';
import { numbersIn } from './numbers.js';

const NUMBERS_MS = 100;
const CHARTS_MS = 500;
const SPOKEN_MS = 5000;
const POINTS_MAX = 8;
/** The latency shown is that of the last seconds: an older one says nothing about now. */
const LATENCY_SECONDS = 10;
/** Who holds an event that was accepted and is not in the stream yet, by the way out: in a sentence, and as a stage. */
const HOLDERS = { direct: 'collector', queue: 'queue' };
const HOLDING = { direct: 'Collector', queue: 'In queue' };

/** @typedef {{ way: string, isDead: boolean, isOffline: boolean, wasKilled: boolean, clockOffsetMs: number }} State of the shop */

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
    this.#charts = chartsIn(root, () => !this.#state().isDead && !this.#state().isOffline);
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
    const { waiting, accepted, delivered } = this.#eventStates.counts;
    const { inFlight, perRequest } = this.#traffic;
    const holding = HOLDING[this.#state().way];
    this.#write('queued', Math.max(0, waiting - accepted - inFlight.events));
    this.#write('batched', perRequest ? number(perRequest, perRequest < 10 ? 1 : 0) : '–');
    this.#write('signed-name', holding ? 'Sent' : 'Signed');
    this.#write('signed', this.#traffic.requests);
    this.#write('in-flight-name', holding ?? 'In flight');
    this.#write('in-flight', holding ? accepted : inFlight.events);
    this.#write('in-flight-note', holding ? `${number(inFlight.events)} in flight` : `in ${count(inFlight.requests, 'request')}`);
    this.#write('stored', delivered);
  }

  #showCharts() {
    const { past } = this.#rates;
    for (const chart of this.#charts) chart.show(past);
    this.#write('retried', past.reduce((sum, { retried }) => sum + retried, 0));
    this.#ring.label();
  }

  #found() {
    const { delivered, found, twice } = this.#eventStates.counts;
    if (delivered === 0) return 'No event was delivered yet.';
    if (delivered > found) return `${number(delivered - found)} of ${count(delivered, 'delivered event')} not read back yet.`;
    return `All delivered events read back${twice ? `, and ${count(twice, 'duplicate')}` : ''}.`;
  }

  #note() {
    const { way, isDead, wasKilled, clockOffsetMs } = this.#state();
    const { left, missing } = this.#eventStates.abandoned;
    const { waiting, accepted, lost } = this.#eventStates.counts;
    const hours = Math.round(clockOffsetMs / 3_600_000);
    if (isDead) return `The shop’s script has ended. ${count(waiting, 'event')} not yet delivered.`;
    if (wasKilled && lost) return `${count(lost, 'event')} had not been written to the outbox when the tab was killed.`;
    if (wasKilled && left && !missing) return `${count(left, 'event')} of the killed tab came back from its outbox.`;
    if (hours) return `Clock found wrong by ${hours} h, and corrected.`;
    if (accepted && HOLDERS[way]) return `${count(accepted, 'event')} in the ${HOLDERS[way]}, not yet on a shard.`;
    return 'Every dot is an event; its angle is its hash key.';
  }

  /** For those who listen; seldom, as it interrupts. */
  #speak() {
    const { put, delivered, waiting, lost } = this.#eventStates.counts;
    this.#write('spoken', `${number(put)} put, ${number(delivered)} delivered, ${number(waiting)} waiting, ${number(lost)} lost`);
  }
}

/** @param {ParentNode} root @param {() => boolean} isConnected whether requests of the shop get out just now */
function chartsIn(root, isConnected) {
  return [
    new Chart(root.querySelector('#chart-records'), {
      least: 10,
      unit: '/ s',
      series: [{ kind: 'area', name: 'stored', of: ({ stored }) => stored }, { kind: 'line', name: 'put', of: ({ put }) => put }],
      headline: (past) => past.at(-1).stored,
    }),
    new Chart(root.querySelector('#chart-latency'), {
      least: 20,
      unit: 'ms',
      series: [{ kind: 'points', name: 'each', of: ({ latencies }) => slowest(latencies) }, { kind: 'line', name: 'median', of: ({ latencies }) => median(latencies) }],
      headline: (past) => (isConnected() ? median(past.slice(-LATENCY_SECONDS).flatMap(({ latencies }) => latencies)) : undefined),
    }),
    new Chart(root.querySelector('#chart-retries'), {
      least: 10,
      unit: '/ s',
      series: [{ kind: 'bars', name: 'retried', of: ({ retried }) => retried }],
      headline: (past) => past.at(-1).retried,
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

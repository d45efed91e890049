/** Three small charts of the last minute: records a second, latency of requests, retries a second. */
import { svg } from '../element.js';
import { number } from '../format.js';
import { SECONDS } from './rates.js';

const WIDTH = 300;
const HEIGHT = 84;
const TOP = 6;
const STEP = WIDTH / (SECONDS - 1);

/**
 * @typedef {object} Series
 * @property {'area' | 'line' | 'bars' | 'points'} kind
 * @property {string} name its class in the style sheet
 * @property {(bucket: import('./rates.js').Bucket) => number | number[] | undefined} of
 */

export class Chart {
  #figure;
  #series;
  #least;
  #unit;
  #headline;
  #paths;
  #shown = '';

  /**
   * @param {HTMLElement} figure
   * @param {{ series: Series[], least: number, unit: string, headline(past: import('./rates.js').Bucket[]): number | undefined }} options `least`: what the axis shows at least; `unit`: of the headline and of the axis alike
   */
  constructor(figure, { series, least, unit, headline }) {
    this.#figure = figure;
    this.#series = series;
    this.#least = least;
    this.#unit = unit;
    this.#headline = headline;
    this.#paths = series.map(({ kind, name }) => svg('path', { class: `${kind} ${name}` }));
    const lines = [TOP, HEIGHT / 2 + TOP / 2].map((y) => svg('line', { class: 'grid-line', x2: WIDTH, y1: y, y2: y }));
    const drawing = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' }, ...lines, ...this.#paths);
    figure.querySelector('.plot').append(drawing);
  }

  /** @param {import('./rates.js').Bucket[]} past */
  show(past) {
    const values = this.#series.map(({ of }) => past.map((bucket) => of(bucket)));
    const most = roundUp(Math.max(this.#least, ...values.flat(2).filter((value) => value !== undefined)));
    const y = (value) => round(HEIGHT - (value / most) * (HEIGHT - TOP));
    const drawn = this.#series.map(({ kind }, index) => DRAW[kind](values[index], y));
    drawn.forEach((d, index) => this.#paths[index].setAttribute('d', d));
    this.#tell(this.#headline(past), most);
  }

  #tell(value, most) {
    const headline = value === undefined ? '–' : `${number(value)} ${this.#unit}`;
    const shown = `${headline}/${most}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#figure.querySelector('output').textContent = headline;
    this.#figure.querySelector('.most').textContent = `${number(most)} ${this.#unit}`;
  }
}

/** One path from the values of a series. */
const DRAW = {
  line: (values, y) => values.map((value, index) => (value === undefined ? '' : `${index && values[index - 1] !== undefined ? 'L' : 'M'}${x(index)} ${y(value)}`)).join(''),
  area: (values, y) => `M0 ${HEIGHT}${values.map((value, index) => `L${x(index)} ${y(value ?? 0)}`).join('')}L${WIDTH} ${HEIGHT}Z`,
  bars: (values, y) => values.map((value, index) => (value ? `M${x(index)} ${HEIGHT}V${y(value)}` : '')).join(''),
  // A stroke without length is drawn as its cap: a round point.
  points: (values, y) => values.map((all, index) => all.map((value) => `M${x(index)} ${y(value)}h0`).join('')).join(''),
};

function x(index) {
  return round(index * STEP);
}

function round(value) {
  return Math.round(value * 10) / 10;
}

/** To 1, 2 or 5 times a power of ten. @param {number} value */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((times) => times * power).find((step) => step >= value) ?? value;
}

/** @param {number[]} values @param {number} share */
export function quantile(values, share) {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
}

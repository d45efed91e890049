/**
 * Events on their way, drawn on a canvas over the ring. The angle of a dot is its hash key, its distance from the middle is how
 * far it has got: queued, batched, signed, in flight, stored; on the way through a collector queued, batched, in flight, accepted,
 * stored. One that is refused falls back to the middle.
 */
import { shade } from './shades.js';

export const STAGE = { queued: 0, batched: 1, signed: 2, inFlight: 3, stored: 4 };
/** The stages on the way through a collector: nothing is signed in the tab, and an accepted event is not stored yet. */
export const COLLECTED_STAGE = { inFlight: 2, accepted: 3 };
/** Where each stage is, in units of the ring's drawing. */
export const ORBITS = [41, 64, 85, 106, 144];

const SIZE = 380;
const DOTS_MAX = 700;
const STAGE_MS = 140;
const FALL_MS = 90;
const HOVER = 12;
const HOVER_MS = 700;
const BINS = 200;
const BAR_MAX = 26;
const FADE_MS = 5000;
const PULSE_MS = 700;
const PLAN_MAX = 6;
const STILL_MS = 250;
const TAU = 2 * Math.PI;

const still = matchMedia('(prefers-reduced-motion: reduce)');

/** @typedef {{ turns: number, shade: string, own: boolean, at: number, plan: number[], since: number, failedAt: number, spin: number, spread: number, leaving: boolean, accepted: boolean }} Dot */

export class EventDots {
  #canvas;
  #context;
  /** @type {Map<string, Dot>} */
  #dots = new Map();
  /** What was stored lately, by place. */
  #heights = new Float32Array(BINS);
  #binShades = new Array(BINS).fill('');
  /** @type {{ born: number, from: number, to: number, shade: string, turns?: number }[]} */
  #pulses = [];
  #frame = 0;
  #drawn = 0;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d');
    new ResizeObserver(() => this.#resize()).observe(canvas);
    for (const query of ['(prefers-color-scheme: dark)', '(prefers-reduced-motion: reduce)']) matchMedia(query).addEventListener('change', () => this.#wake());
  }

  /** @param {string} id @param {{ turns: number, shade: string, own: boolean }} place */
  put(id, { turns, shade: name, own }) {
    if (this.#dots.has(id) || this.#dots.size >= DOTS_MAX) return;
    this.#dots.set(id, { turns, shade: name, own, at: 0, plan: [], since: performance.now(), failedAt: 0, spin: Math.random(), spread: (Math.random() - 0.5) * 2, leaving: false, accepted: false });
    this.#wake();
  }

  /** One request's events leave together. @param {string[]} ids @param {number} stage of an event in flight */
  send(ids, stage) {
    this.#pulses.push({ born: performance.now(), from: ORBITS[STAGE.batched], to: ORBITS[STAGE.signed], shade: 'ink' });
    for (const id of ids) this.#plan(id, stage);
    this.#wake();
  }

  /** @param {string[]} ids */
  fail(ids) {
    if (ids.length) this.#pulses.push({ born: performance.now(), from: ORBITS[STAGE.inFlight], to: ORBITS[STAGE.queued], shade: 'bad' });
    for (const id of ids) this.#plan(id, STAGE.queued);
    this.#wake();
  }

  /** @param {string[]} ids */
  accept(ids) {
    for (const id of ids) {
      this.#plan(id, COLLECTED_STAGE.accepted);
      if (this.#dots.has(id)) this.#dots.get(id).accepted = true;
    }
    this.#wake();
  }

  /** @param {string[]} ids */
  land(ids) {
    for (const id of ids) this.#plan(id, STAGE.stored);
    this.#wake();
  }

  /** The page that had the events in memory was killed. A collector's are not in its memory. */
  scatter() {
    for (const dot of this.#dots.values()) {
      if (dot.accepted) continue;
      dot.leaving = true;
      dot.since = performance.now();
    }
    this.#wake();
  }

  #plan(id, stage) {
    const dot = this.#dots.get(id);
    if (!dot || dot.leaving) return;
    // What lies far behind is not played in full.
    if (dot.plan.length >= PLAN_MAX) dot.plan.length = 0;
    dot.plan.push(stage);
  }

  #resize() {
    const pixels = Math.round(this.#canvas.clientWidth * Math.min(2, devicePixelRatio));
    if (pixels && pixels !== this.#canvas.width) {
      this.#canvas.width = pixels;
      this.#canvas.height = pixels;
    }
    this.#wake();
  }

  #wake() {
    this.#frame ||= requestAnimationFrame((now) => this.#draw(now));
  }

  #draw(now) {
    this.#frame = 0;
    if (still.matches && now - this.#drawn < STILL_MS) return this.#wake();
    const elapsed = Math.min(100, now - this.#drawn);
    this.#drawn = now;
    const scale = this.#canvas.width / SIZE;
    this.#context.setTransform(scale, 0, 0, scale, this.#canvas.width / 2, this.#canvas.height / 2);
    this.#context.clearRect(-SIZE / 2, -SIZE / 2, SIZE, SIZE);
    const settling = this.#drawDelivered(elapsed);
    this.#drawPulses(now);
    for (const [id, dot] of this.#dots) this.#drawDot(id, dot, now, elapsed);
    this.#context.globalAlpha = 1;
    if (this.#dots.size || this.#pulses.length || settling) this.#wake();
  }

  /** Bars along the inside of the ring, which sink. @returns {boolean} whether there are any */
  #drawDelivered(elapsed) {
    const context = this.#context;
    const kept = Math.exp(-elapsed / FADE_MS);
    let any = false;
    context.lineCap = 'round';
    context.lineWidth = (TAU * ORBITS[STAGE.stored]) / BINS * 0.6;
    for (let bin = 0; bin < BINS; bin++) {
      this.#heights[bin] *= kept;
      if (this.#heights[bin] < 0.03) continue;
      any = true;
      const length = Math.min(BAR_MAX, 5 * Math.log2(1 + this.#heights[bin]));
      context.strokeStyle = shade(this.#binShades[bin]);
      context.globalAlpha = Math.min(0.8, 0.25 + this.#heights[bin]);
      line(context, (bin + 0.5) / BINS, ORBITS[STAGE.stored] - 2 - length, ORBITS[STAGE.stored] - 2);
    }
    return any;
  }

  #drawPulses(now) {
    const context = this.#context;
    this.#pulses = still.matches ? [] : this.#pulses.filter(({ born }) => now - born < PULSE_MS).slice(-24);
    for (const { born, from, to, shade: name, turns } of this.#pulses) {
      const age = Math.max(0, (now - born) / PULSE_MS);
      const radius = from + (to - from) * (1 - (1 - age) ** 2);
      context.strokeStyle = shade(name);
      context.globalAlpha = (1 - age) * (name === 'ink' ? 0.16 : 0.5);
      context.lineWidth = 1.5;
      context.beginPath();
      if (turns === undefined) context.arc(0, 0, radius, 0, TAU);
      else context.arc(...at(turns, ORBITS[STAGE.stored] + 6), radius, 0, TAU);
      context.stroke();
    }
  }

  #drawDot(id, dot, now, elapsed) {
    const moving = this.#move(dot, now, elapsed);
    if (dot.at >= STAGE.stored) return this.#stored(id, dot, now);
    const gone = dot.leaving ? (now - dot.since) / 500 : 0;
    if (gone >= 1) return this.#dots.delete(id);
    const context = this.#context;
    // In the queue dots circle; on leaving it each takes the bearing of its key.
    const queued = Math.max(0, 1 - dot.at);
    const turns = dot.turns + queued * (dot.spin - 0.5 + (still.matches ? 0 : now / 9000)) + 0.0025 * dot.spread;
    const hover = dot.at === STAGE.inFlight ? HOVER * (1 - Math.exp(-(now - dot.since) / HOVER_MS)) : 0;
    const radius = orbit(dot.at) + hover + queued * dot.spread * 5 + gone * 30;
    const isRefused = dot.failedAt > 0 && dot.at < STAGE.batched;
    const [x, y] = at(turns, radius);
    context.fillStyle = context.strokeStyle = shade(isRefused ? 'bad' : dot.shade);
    if (moving && dot.at > STAGE.batched && !still.matches) {
      context.globalAlpha = 0.35 * (1 - gone);
      context.lineWidth = dot.own ? 3 : 2;
      line(context, turns, radius - 13, radius);
    }
    context.globalAlpha = (queued > 0.5 ? 0.75 : 1) * (1 - gone);
    context.beginPath();
    context.arc(x, y, dot.own ? 4.6 : 2.6, 0, TAU);
    context.fill();
    if (!dot.own) return undefined;
    context.strokeStyle = shade('card');
    context.lineWidth = 1.2;
    return context.stroke();
  }

  /** Takes a dot along its plan. @returns {boolean} */
  #move(dot, now, elapsed) {
    if (dot.leaving || dot.plan.length === 0) return false;
    if (still.matches) {
      dot.at = dot.plan.at(-1);
      dot.failedAt = dot.at === STAGE.queued ? now : 0;
      dot.plan.length = 0;
      return true;
    }
    const [target] = dot.plan;
    // A long plan is played faster, so that the picture keeps up with what it shows.
    const haste = 1 + dot.plan.length / 2;
    if (target >= dot.at) dot.at = Math.min(target, dot.at + (elapsed / STAGE_MS) * haste);
    else dot.at = Math.max(target, dot.at - (elapsed / FALL_MS) * haste);
    if (dot.at === target) {
      dot.plan.shift();
      dot.since = now;
      dot.failedAt = target === STAGE.queued ? now : 0;
    }
    return true;
  }

  #stored(id, dot, now) {
    this.#dots.delete(id);
    const bin = Math.floor(dot.turns * BINS) % BINS;
    this.#heights[bin] = Math.min(60, this.#heights[bin] + 1);
    this.#binShades[bin] = dot.shade;
    if (dot.own) this.#pulses.push({ born: now, from: 4, to: 26, shade: dot.shade, turns: dot.turns });
  }
}

/** The radius between two stages, slow at both ends. */
function orbit(stage) {
  const whole = Math.min(STAGE.inFlight, Math.floor(stage));
  const part = stage - whole;
  const eased = part * part * (3 - 2 * part);
  return ORBITS[whole] + (ORBITS[whole + 1] - ORBITS[whole]) * eased;
}

function line(context, turns, from, to) {
  context.beginPath();
  context.moveTo(...at(turns, from));
  context.lineTo(...at(turns, to));
  context.stroke();
}

/** Clockwise from the top, as the ring is. @returns {[number, number]} */
function at(turns, radius) {
  return [Math.sin(turns * TAU) * radius, -Math.cos(turns * TAU) * radius];
}

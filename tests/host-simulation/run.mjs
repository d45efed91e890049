// Runs one plan, twice where it is to be proved that a run is repeated to the letter.
import * as collector from './parts/collector.mjs';
import * as outbox from './parts/outbox.mjs';
import * as producer from './parts/producer.mjs';
import * as tracker from './parts/tracker.mjs';
import * as worker from './parts/worker.mjs';
import { Dice } from './dice.mjs';
import { World } from './world.mjs';

export const PARTS = { producer, outbox, worker, tracker, collector };

export function planOfSeed(part, seed) {
  return PARTS[part].planOf(new Dice(seed), seed);
}

/** @returns `violation` where there is one, the transcript, and a digest of it */
export async function runPlan(bundle, plan, onGiveUp) {
  const world = new World(bundle, plan);
  world.onGiveUp = onGiveUp;
  const stop = hearRejections(world);
  try {
    PARTS[plan.part].run(world);
    // Node tells of promises that were rejected and not looked at once its own turn is over.
    await new Promise((resolve) => setImmediate(resolve));
    return { violation: world.violation, transcript: world.transcript, digest: world.digest(), requests: world.network.requests.length };
  } finally {
    stop();
    for (const realm of world.realms) realm.end();
  }
}

function hearRejections(world) {
  const note = (reason) => world.violate(`a rejection that nobody has handled: ${reason?.code ?? ''} ${reason?.message ?? reason}`);
  process.on('unhandledRejection', note);
  return () => process.off('unhandledRejection', note);
}

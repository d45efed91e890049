// One process of a search: runs every so many-th seed, and tells its parent what it finds.
import { writeSync } from 'node:fs';
import { bundle } from './bundle.mjs';
import { planOfSeed, runPlan } from './run.mjs';

process.on('message', async ({ part, first, step, last, until, change, isTwice, failuresMax }) => {
  const made = await bundle(change);
  let failures = 0;
  let seed = first;
  for (; seed <= last && Date.now() < until && failures < failuresMax; seed += step) {
    process.send({ begun: seed });
    const violation = await violationOf(made, part, seed, isTwice);
    if (violation) failures += 1;
    process.send({ seed, violation });
  }
  process.send({ isDone: true });
  process.disconnect();
});

async function violationOf(made, part, seed, isTwice) {
  const plan = planOfSeed(part, seed);
  const onGiveUp = (world) => writeSync(1, `seed ${seed} of ${part} gives up: ${world.violation}\n`);
  const { violation, digest } = await runPlan(made, plan, onGiveUp);
  if (violation || !isTwice) return violation;
  const again = await runPlan(made, planOfSeed(part, seed), onGiveUp);
  return again.digest === digest ? again.violation : 'a second run of the same seed has another transcript';
}

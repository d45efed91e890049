// Interleaved rounds: A B C A B C …, so that what disturbs the machine for a while disturbs all alike. Runs in every runtime.

/**
 * Times contestants against each other. Each is `{ name, run }`, where `await run(times)` does the work so many times.
 * Returns for each the time of one piece of work: `{ name, wall, cpu }` in microseconds, as medians with quartiles.
 * `processorTime` returns the microseconds that the process has worked so far, all threads together; without it there is no `cpu`.
 */
export async function interleave(contestants, { rounds, roundMs, warmUpMs }, processorTime) {
  const field = [];
  for (const { name, run } of contestants) field.push({ name, run, times: await warmUp(run, { roundMs, warmUpMs }), wall: [], cpu: [] });
  for (let round = 0; round < rounds; round += 1) {
    for (const { run, times, wall, cpu } of field) {
      const before = await processorTime?.();
      wall.push(((await wallOf(() => run(times))) * 1000) / times);
      if (processorTime) cpu.push(((await processorTime()) - before) / times);
    }
  }
  return field.map(({ name, wall, cpu, times }) => ({ name, times, wall: spread(wall), ...(processorTime && { cpu: spread(cpu) }) }));
}

/** Runs until the compilers have settled; returns how many times fill a round. */
async function warmUp(run, { roundMs, warmUpMs }) {
  let times = 1;
  let spent = 0;
  for (;;) {
    const wall = await wallOf(() => run(times));
    spent += wall;
    if (wall >= roundMs / 2 && spent >= warmUpMs) return Math.max(1, Math.round((times * roundMs) / wall));
    if (wall < roundMs / 2) times *= 2;
  }
}

async function wallOf(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Of this process, in Node. */
export function ownProcessorTime() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** `{ median, low, high, count }`: low and high are the quartiles. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75), count: sorted.length };
}

function quantile(sorted, share) {
  const at = (sorted.length - 1) * share;
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

/** A contestant's `run` from one piece of work. */
export function repeat(work) {
  return async (times) => {
    for (let count = 0; count < times; count += 1) await work();
  };
}

/** The same without a turn of the microtask queue in between. */
export function repeatSync(work) {
  return (times) => {
    for (let count = 0; count < times; count += 1) work();
  };
}

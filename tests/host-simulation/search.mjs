// A search over many seeds, in several processes. One that makes no progress is ended: its seed has a turn that does not end.
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(new URL('search-worker.mjs', import.meta.url));
/** There is a process for each core: threads that help one of them take time from another. */
const FLAGS = ['--single-threaded'];
/** Longest time that a seed may take, on a machine that is busy with other work. */
const SEED_MS_MAX = 120_000;

/**
 * @param seconds the search ends after them, where it has not run all seeds
 * @param change a deliberate break: see `broken.json`
 * @param onSeed called after each seed, with what is found so far, and with that seed
 * @returns how many seeds were run, and `failures`: `{ seed, violation }`
 */
export async function search({ part, first = 1, seeds, seconds = Infinity, jobs = availableParallelism(), change, isTwice = true, failuresMax = Infinity, onSeed = () => {} }) {
  const found = { part, count: 0, failures: [] };
  const until = Date.now() + seconds * 1000;
  const last = first + seeds - 1;
  await Promise.all(Array.from({ length: jobs }, (_, job) => runJob({ part, first: first + job, step: jobs, last, until: Math.min(until, Number.MAX_SAFE_INTEGER), change, isTwice, failuresMax }, found, onSeed)));
  found.failures.sort((one, other) => one.seed - other.seed);
  return found;
}

async function runJob(task, found, onSeed) {
  for (let next = task; next; ) next = await runProcess(next, found, onSeed);
}

/** @returns what is left to do where the process has ended before its work has */
function runProcess(task, found, onSeed) {
  return new Promise((resolve) => {
    const child = fork(WORKER, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: FLAGS });
    let current = task.first;
    let isDone = false;
    let timer;
    const watch = () => {
      clearTimeout(timer);
      timer = setTimeout(() => child.kill('SIGKILL'), SEED_MS_MAX);
    };
    child.on('message', (message) => {
      watch();
      if (message.isDone) isDone = true;
      else if (message.begun !== undefined) current = message.begun;
      else {
        found.count += 1;
        if (message.violation) found.failures.push(message);
        onSeed(found, message);
      }
    });
    child.on('exit', () => {
      clearTimeout(timer);
      if (isDone) return resolve(undefined);
      found.count += 1;
      found.failures.push({ seed: current, violation: 'a turn does not end, or the process has died' });
      resolve(found.failures.length < task.failuresMax ? { ...task, first: current + task.step } : undefined);
    });
    watch();
    child.send(task);
  });
}

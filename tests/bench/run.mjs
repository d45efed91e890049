// All of the benchmark: what is timed where, one after the other, so that nothing else runs meanwhile.
import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Stop, environment, say } from '../../xtask/say.mjs';
import { coldStarts } from './cold/index.mjs';
import { produceAgainstKinesis } from './produce/index.mjs';
import { runInChromium } from './runtimes/chromium.mjs';
import { runInWorkerd } from './runtimes/workerd.mjs';
import { versions, weighAll } from './sizes.mjs';
import { RUNTIMES } from './targets.mjs';
import { wire } from './wire.mjs';

const HOSTS = { node: runInNode, chromium: runInChromium, workerd: runInWorkerd };
const CASES = ['sign', 'putRecord', 'putRecords', 'large', 'aggregate', 'produce'];
const PARTS = [...CASES, 'acknowledged', 'cold', 'growth', 'wire'];
const TIMING = { rounds: 15, roundMs: 60, warmUpMs: 400 };

/** Runs all parts in all runtimes, or those that are named. Returns what results.json holds; sizes are always in it. */
export async function bench({ only = PARTS, runtimes = RUNTIMES } = {}) {
  const unknown = [...only.filter((name) => !PARTS.includes(name)), ...runtimes.filter((name) => !RUNTIMES.includes(name))];
  if (unknown.length > 0) throw new Stop(`there is no ${unknown.join(', ')}: the parts are ${PARTS.join(', ')}; the runtimes ${RUNTIMES.join(', ')}`);
  const wanted = (name) => only.includes(name);
  const run = { machine: machine(), versions: versions(), runtimes: {} };
  say('sizes');
  run.sizes = await weighAll();
  for (const runtime of runtimes) run.runtimes[runtime] = await inRuntime(runtime, wanted);
  if (wanted('growth')) run.growth = await growth();
  if (wanted('wire')) {
    say('bytes on the wire');
    run.wire = await wire();
  }
  return run;
}

async function inRuntime(runtime, wanted) {
  const calls = CASES.filter(wanted);
  if (calls.length > 0) say(`${runtime}: calls against a service that answers at once`);
  const { version, results } = await HOSTS[runtime]({ cases: calls, timing: TIMING });
  const cases = { ...results };
  if (wanted('acknowledged')) {
    say(`${runtime}: from put to acknowledged by the embedded Kinesis`);
    cases.acknowledged = await produceAgainstKinesis(runtime, { rounds: 9 });
  }
  if (wanted('cold')) {
    say(`${runtime}: cold starts`);
    cases.cold = await coldStarts(runtime, { rounds: 15 });
  }
  return { version, cases };
}

async function runInNode(question) {
  return inProcess([], 'runtimes/node.mjs', JSON.stringify(question));
}

async function growth() {
  say('growth to a million records');
  return inProcess(['--expose-gc'], 'growth.mjs');
}

/** A program of this folder in a process of its own, and the JSON that it prints. */
async function inProcess(flags, program, ...args) {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const { stdout } = await promisify(execFile)('node', [...flags, path, ...args], { env: environment, maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout);
}

function machine() {
  const [{ model }] = cpus();
  return { cpu: model, cores: cpus().length, date: new Date().toISOString().slice(0, 10) };
}

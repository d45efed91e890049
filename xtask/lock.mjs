// One build at a time: `npm start` beside `npm test` would otherwise write the same files at once.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { say, top } from './say.mjs';

const FILE = join(top, 'target', 'build.lock');
/** Longer than any build takes, in milliseconds: a lock that is as old was left by a process whose number another one has now. */
const AGE_MS_MAX = 30 * 60_000;

/** Runs `work` when no other process builds in this checkout. */
export async function withBuildLock(work) {
  mkdirSync(join(top, 'target'), { recursive: true });
  for (let isSaid = false; !acquired(); isSaid = true) {
    if (!isSaid) say('another build of this checkout is running: waiting for its end');
    await pause(500);
  }
  try {
    return await work();
  } finally {
    rmSync(FILE, { force: true });
  }
}

function acquired() {
  try {
    writeFileSync(FILE, JSON.stringify({ pid: process.pid, at: Date.now() }), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (isLeft()) rmSync(FILE, { force: true });
    return false;
  }
}

/** Whether the process that has the lock has ended without giving it back. */
function isLeft() {
  try {
    const { pid, at } = JSON.parse(readFileSync(FILE, 'utf8'));
    process.kill(pid, 0);
    return Date.now() - at > AGE_MS_MAX;
  } catch (error) {
    // ESRCH: there is no such process. A file that is just being written is no JSON yet, or is gone already.
    return error.code === 'ESRCH';
  }
}

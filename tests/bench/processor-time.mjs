// The processor time of another process, from Linux's /proc.
import { readFileSync, readdirSync } from 'node:fs';

/** Elsewhere there is only the time that passes. */
export const isLinux = process.platform === 'linux';

/** Microseconds of all threads; the kernel counts nanoseconds for each. */
export function processorTimeOf(ids) {
  return ids.reduce((sum, id) => sum + ofProcess(id), 0);
}

function ofProcess(id) {
  const tasks = `/proc/${id}/task`;
  return readdirSync(tasks).reduce((sum, task) => sum + Number(readOf(`${tasks}/${task}/schedstat`).split(' ')[0]) / 1000, 0);
}

/** The ids of this process's children. */
export function children() {
  if (!isLinux) return [];
  return readdirSync('/proc').filter((id) => /^\d+$/.test(id) && Number(/^PPid:\s*(\d+)/m.exec(readOf(`/proc/${id}/status`))?.[1]) === process.pid);
}

/** Nothing where the process or thread has ended since. */
function readOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

// What workerd costs, as Linux counts it. It is a child of this process.
import { readFileSync, readdirSync } from 'node:fs';

/** The process ids of every workerd below a process. */
export function workerdsOf(parent = process.pid) {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = new Map(all.flatMap((pid) => statOf(pid) ?? []).map((stat) => [stat.pid, stat]));
  const isBelow = (pid) => pid === parent || (stats.has(pid) && stats.get(pid).parent > 1 && isBelow(stats.get(pid).parent));
  return [...stats.values()].filter(({ pid, name }) => name === 'workerd' && isBelow(pid)).map(({ pid }) => pid);
}

/** Milliseconds of CPU since it started. */
export function cpuMs(pid) {
  // In units of 10 ms: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
  const [user, system] = statOf(pid)[0].rest.slice(11, 13).map(Number);
  return (user + system) * 10;
}

/** The most memory that it has had, in MB. */
export function memoryPeakMb(pid) {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1000;
}

function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
    const rest = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return [{ pid, name, parent: Number(rest[1]), rest }];
  } catch {
    return undefined;
  }
}

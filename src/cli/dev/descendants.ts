import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** The processes that a process has started, those that these have started, and so on; none where they are unknown. */
export function descendantsOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const [child, parent] of parents()) children.set(parent, [...(children.get(parent) ?? []), child]);
  const found = [pid];
  // The array grows while it is read.
  for (const id of found) found.push(...(children.get(id) ?? []));
  return found.slice(1);
}

/** All processes, each with its parent. */
function parents(): [pid: number, parent: number][] {
  try {
    return process.platform === 'linux' ? parentsInProc() : parentsOfPs();
  } catch {
    return [];
  }
}

/** Small images of Linux have no `ps`. */
function parentsInProc(): [number, number][] {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return ids.map((id) => [Number(id), parentInProc(id)]);
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: the name, in parentheses, may have any character. */
function parentInProc(id: string): number {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2]);
  } catch {
    // The process has ended meanwhile.
    return 0;
  }
}

function parentsOfPs(): [number, number][] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
}

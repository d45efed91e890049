import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { CommandFailure } from '../failure.js';
import { descendantsOf } from './descendants.js';

/** Variables of the user's own account, which a program beside a local stream must not use. */
const REMOVED = { AWS_SESSION_TOKEN: undefined, AWS_CREDENTIAL_EXPIRATION: undefined, AWS_PROFILE: undefined };

/**
 * A program that runs beside a local stream, with the variables by which it finds it. It has the terminal to itself.
 */
export class Program {
  readonly #child: ChildProcess;
  readonly #name: string;
  /** Its exit code; 128 and the number of the signal where one has ended it. */
  readonly ended: Promise<number>;

  constructor([name = '', ...words]: string[], variables: Record<string, string>) {
    this.#name = name;
    const env = { ...process.env, ...REMOVED, ...variables };
    // On Windows the commands of npm's packages are scripts, which only a shell runs.
    this.#child = spawn(name, words, { env, stdio: 'inherit', shell: process.platform === 'win32' });
    this.ended = this.#end();
    this.ended.catch(() => {});
  }

  /**
   * Passes a signal on, also to what the program has started: npx and npm end without passing it to a program that
   * their shell runs. A process group of its own, which could be signalled as a whole, would be in the background of
   * the terminal: the program would be stopped as it reads keys. A terminal sends the signal of Ctrl-C by itself.
   */
  signal(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child;
    // The number of a process that has ended may be that of another.
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    const below = descendantsOf(pid);
    this.#child.kill(signal);
    for (const id of below) send(id, signal);
  }

  async #end(): Promise<number> {
    try {
      const [code, signal] = (await once(this.#child, 'exit')) as [number | null, NodeJS.Signals];
      return code ?? 128 + constants.signals[signal];
    } catch (error) {
      throw CommandFailure.usage(`the program ${this.#name} could not be started: ${(error as Error).message}`);
    }
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // The process has ended, or is one of another user.
  }
}

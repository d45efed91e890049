import { open, readFile, rename, rm } from 'node:fs/promises';
import { CommandFailure } from '../failure.js';
import type { Position } from './line-reader.js';

/** Where the lines go: a state of one destination says nothing about another. */
export interface Destination {
  stream: string;
  region: string;
  /** The URL in place of the one of AWS. */
  endpoint: string | null;
  /**
   * The profile of the keys: each account may have a stream of this name. `null` where the environment has the keys.
   */
  profile: string | null;
}

/** What is known about an earlier run. */
export interface SavedState extends Position {
  skipped: number;
}

/** The small file in which `send` keeps how much of its input is acknowledged. */
export class StateFile {
  readonly path: string;
  readonly #destination: Destination;
  /** Saves happen one after another. */
  #saving: Promise<void> = Promise.resolve();

  constructor(path: string, destination: Destination) {
    this.path = path;
    this.#destination = destination;
  }

  /**
   * The state of the run that was interrupted; `undefined` where there is none. Throws where the file holds something
   * else, which a save would overwrite.
   * @param isIgnored whether a state is not wanted
   */
  async read(isIgnored: boolean): Promise<SavedState | undefined> {
    const text = await this.#text();
    if (text === undefined) return undefined;
    const saved = stateOf(text);
    if (!saved)
      throw CommandFailure.usage(`${this.path} is not a state of send: give another file by --resume, or remove it`);
    if (isIgnored) return undefined;
    for (const member of ['stream', 'region', 'endpoint', 'profile'] as const) {
      const [before, now] = [saved[member], this.#destination[member]];
      if (before !== now)
        throw CommandFailure.usage(
          `${this.path} is of ${member} ${before ?? 'none'}, not of ${now ?? 'none'}: --restart sends the input from its beginning`,
        );
    }
    const { offset, lines, sha256, skipped } = saved;
    return { offset, lines, sha256, skipped };
  }

  /** Writes the state: after a crash the file holds this state or the one before, as a whole. */
  save(state: SavedState): Promise<void> {
    const text = `${JSON.stringify({ format: FORMAT, ...this.#destination, ...state, savedAt: new Date().toISOString() }, null, 2)}\n`;
    this.#saving = this.#saving.catch(() => {}).then(() => this.#write(text));
    return this.#saving;
  }

  /** Removes the file: nothing is left to resume. */
  async remove(): Promise<void> {
    await this.#saving.catch(() => {});
    await rm(this.path, { force: true });
  }

  async #write(text: string): Promise<void> {
    const temporary = `${this.path}.${process.pid}`;
    try {
      const file = await open(temporary, 'w');
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, this.path);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      throw new CommandFailure(
        'other',
        `the state cannot be written: ${(error as Error).message}: --resume FILE names another place, --no-resume does without`,
      );
    }
  }

  async #text(): Promise<string | undefined> {
    try {
      return await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw CommandFailure.usage(`--resume ${this.path}: ${(error as Error).message}`);
    }
  }
}

function stateOf(text: string): (SavedState & Destination) | undefined {
  try {
    const value = JSON.parse(text);
    const isState =
      value.format === FORMAT &&
      [value.offset, value.lines, value.skipped].every((count) => Number.isSafeInteger(count) && count >= 0);
    return isState && typeof value.sha256 === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

const FORMAT = 'kinesis-edge send 1';

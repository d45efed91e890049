import { closeSync, constants, createReadStream, fstatSync, openSync, statSync, writeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { CommandFailure } from '../failure.js';

/** What is sent: a file, or the standard input. */
export interface Input {
  name: string;
  /** `undefined` for the standard input. */
  path?: string;
  /** Bytes of a file; `undefined` where they are not known. */
  size: number | undefined;
  /** Where the state is kept unless another file is named; `undefined` where the input cannot be read once more. */
  statePath: string | undefined;
  open: () => Readable;
  /** Ends a read that waits: nothing of what is read afterwards is used. */
  unblock?: () => void;
}

/** @param path absent, or `-`: the standard input */
export function inputOf(path: string | undefined): Input {
  if (path !== undefined && path !== '-') return fileOf(path);
  if (process.stdin.isTTY)
    throw CommandFailure.usage('FILE is missing: name a file of lines, or pipe them into the standard input');
  return { name: 'the standard input', size: sizeOfInput(), statePath: undefined, open: () => process.stdin };
}

/** Where a shell has opened a file as the standard input. */
function sizeOfInput(): number | undefined {
  try {
    const found = fstatSync(0);
    return found.isFile() ? found.size : undefined;
  } catch {
    return undefined;
  }
}

function fileOf(path: string): Input {
  try {
    const found = statSync(path);
    if (found.isDirectory()) throw CommandFailure.usage(`FILE must be a file of lines: ${path} is a directory`);
    const size = found.isFile() ? found.size : undefined;
    const statePath = found.isFile() ? `${path}.kinesis-edge.json` : undefined;
    const pipe = found.isFIFO() && { unblock: () => endRead(path) };
    return { name: path, path, size, statePath, open: () => createReadStream(path), ...pipe };
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw CommandFailure.usage(`FILE cannot be read: ${(error as Error).message}`);
  }
}

/** Node waits for a read of a named pipe, also as it exits; the read waits for a writer. */
function endRead(path: string): void {
  try {
    const pipe = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    writeSync(pipe, '\n');
    closeSync(pipe);
  } catch {
    // Nobody reads.
  }
}

import type { ClientOptions } from 'kinesis-edge';
import { oneLine } from './one-line.js';

/** The last line of the package's log that says what to look at. */
let lastAdvice = '';

/** A logger that prints nothing. It keeps what the package advises, for the message with which a command ends. */
export const ADVICE_KEEPER = { warn: keepAdvice, error: keepAdvice } satisfies ClientOptions['logger'];

export function keepAdvice(line: string): void {
  if (line.includes(LOOK)) lastAdvice = oneLine(line);
}

/** What to look at after an error, to be put behind its message; empty where the log said nothing of it. */
export function remedyFor(message: string): string {
  const at = lastAdvice.lastIndexOf(LOOK);
  return at >= 0 && lastAdvice.slice(0, at).endsWith(oneLine(message)) ? lastAdvice.slice(at) : '';
}

const LOOK = '; look at ';

import type { ClientOptions } from 'kinesis-edge';
import { oneLine } from './one-line.js';

/** The last line of the package's log that says what to look at. */
let lastAdvice = '';

/** A logger that prints nothing. It keeps what the package advises, for the message with which a command ends. */
export const ADVICE_KEEPER = { warn: keepAdvice, error: keepAdvice } satisfies ClientOptions['logger'];

export function keepAdvice(line: string): void {
  if (line.includes(LOOK)) lastAdvice = forTerminal(oneLine(line));
}

/** What to look at after an error, to be put behind its message; empty where the log said nothing of it. */
export function remedyFor(message: string): string {
  const at = lastAdvice.lastIndexOf(LOOK);
  return at >= 0 && lastAdvice.slice(0, at).endsWith(oneLine(message)) ? lastAdvice.slice(at) : '';
}

/** A line of the package's log without what concerns pages, and with one record in the singular. */
export function forTerminal(line: string): string {
  return line.replace(OF_PAGES, '').replace(/\b1 records wait\b/, '1 record waits');
}

const LOOK = '; look at ';
/** See `src/shim/client/advice.ts`. */
const OF_PAGES = /; in a page also at CORS .*: the browser's console says which/;

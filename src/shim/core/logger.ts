import { KinesisError, callUser } from './error.js';
import { kindOf } from './data.js';

/**
 * `console`, or the logger of an AWS SDK client. Each function is optional, and is called with one line of text. A line
 * contains no secret and no data of a record.
 */
export type Logger = Partial<Record<Level, (...content: any[]) => void>>; // any: as in the AWS SDK

type Level = 'debug' | 'info' | 'warn' | 'error';

/** The option `logger`, checked. */
export function toLogger(value: unknown): Logger | undefined {
  if (value === undefined || value === null) return undefined;
  const members = value as Record<Level, unknown>;
  const isLogger = LEVELS.every((level) => members[level] === undefined || typeof members[level] === 'function');
  if (isLogger && LEVELS.some((level) => members[level] !== undefined)) return value as Logger;
  throw KinesisError.invalid(
    `logger must have functions ${LEVELS.join(', ')}, or some of them, as console has, not be ${kindOf(value)}`,
  );
}

/**
 * Logs a line. An exception of the logger is written to the console, and the caller goes on.
 * @param more a value that a console shows after the line
 */
export function log(logger: Logger | undefined, level: Level, line: string, ...more: unknown[]): void {
  callUser('logger', () => logger?.[level]?.(`kinesis-edge: ${toOneLine(line)}`, ...more));
}

/** A text without line breaks and other control characters: a proxy's page may be in it. */
export function toOneLine(text: string): string {
  return text.replace(/[\0-\x20\x7f-\x9f\u2028\u2029]+/g, ' ');
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

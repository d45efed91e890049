import { KinesisError } from 'shim/core/error.ts';

/** An error as the witness reads it, with all of its text. */
export function describeError(error) {
  const isOurs = error instanceof KinesisError;
  const text = [];
  for (let at = error; at !== undefined && at !== null && text.length < 5; at = at.cause) text.push(`${at} ${at?.stack} ${JSON.stringify(at)}`);
  return { isOurs, code: error?.code, name: error?.name, message: error?.message, partitionKey: error?.partitionKey, attempts: error?.attempts, text: text.join('\n') };
}

import { setTimeout } from 'node:timers/promises';
import { KinesisError, type KinesisClient } from 'kinesis-edge';

/**
 * Creates the stream of a local Kinesis that has just started. A new stream takes a moment until it takes records.
 * @param startMs rejects where the stream does not take records after this time
 */
export async function createStream(
  client: KinesisClient,
  StreamName: string,
  ShardCount: number,
  startMs = START_MS,
): Promise<void> {
  const endsAt = Date.now() + startMs;
  for (;;) {
    const status = await onceStarted(() => statusOf(client, StreamName), endsAt);
    if (status === 'ACTIVE') return;
    if (Date.now() > endsAt)
      throw new Error(
        `the stream '${StreamName}' is ${status ?? 'not there'} after ${startMs / 1000} s: restart the local Kinesis`,
      );
    // Also again: CreateStream has an empty answer, which may have been that of another program.
    if (status === undefined) await onceStarted(() => create(client, { StreamName, ShardCount }), endsAt);
    await setTimeout(POLL_MS);
  }
}

/** `undefined` where the stream is not there. */
async function statusOf(client: KinesisClient, StreamName: string): Promise<string | undefined> {
  try {
    const { StreamDescriptionSummary } = await client.describeStreamSummary({ StreamName });
    return String(StreamDescriptionSummary.StreamStatus);
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

async function create(client: KinesisClient, input: { StreamName: string; ShardCount: number }): Promise<void> {
  try {
    await client.call('CreateStream', input);
  } catch (error) {
    // An attempt whose answer was lost has created it.
    if ((error as Error).name !== 'ResourceInUseException') throw error;
  }
}

/** Repeats a call until it is Kinesis that answers: the port is open before it is ready, or is another program's. */
async function onceStarted<Result>(call: () => Promise<Result>, endsAt: number): Promise<Result> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (isOfKinesis(error) || Date.now() > endsAt) throw error;
      await setTimeout(POLL_MS);
    }
  }
}

/** An answer without an exception's name is not one of Kinesis. */
function isOfKinesis(error: unknown): boolean {
  if (!(error instanceof KinesisError)) return true;
  const { code, name, status = 0 } = error;
  if (code === 'ERR_NETWORK' || code === 'ERR_TIMEOUT') return false;
  return code !== 'ERR_SERVICE' || (name !== 'KinesisError' && status < 500);
}

/** What a local Kinesis may take until it answers. */
const START_MS = 60_000;
const POLL_MS = 50;

// A Lambda function that reads a stream. `processRecords` takes aggregates apart and calls `handle` for each user record in order. Where one
// fails, its result lets Lambda deliver the batch again from that Kinesis record: set ReportBatchItemFailures in the event source.
import { processRecords, recentMessageIds } from 'kinesis-edge/lambda';

// An aggregate comes again whole. This drops what was handled before the failure, within this instance of the function.
const recentMessages = recentMessageIds();
const decoder = new TextDecoder();

export const handler = (event) =>
  processRecords(event, ({ data, partitionKey }) => handle(JSON.parse(decoder.decode(data)), partitionKey), {
    recentMessages,
    onError: (error, { sequenceNumber }) => console.log(`${sequenceNumber} comes again: ${error}`),
  });

let isDatabaseUp = false;

/** Stands for a database that cannot be reached once, at the second order. */
async function handle({ order }, partitionKey) {
  if (order === 2 && !isDatabaseUp) {
    isDatabaseUp = true;
    throw new Error('the database does not answer');
  }
  console.log(`handled order ${order} of ${partitionKey}`);
}

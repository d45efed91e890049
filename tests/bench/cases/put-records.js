import { STREAM, entries } from '../inputs.js';
import { byHand } from '../peers/aws4fetch.js';
import { bodyOf, floorOf, joined } from '../peers/floor.js';
import * as ours from '../peers/ours.js';
import { sdk } from '../peers/sdk.js';
import { repeat } from '../rounds.js';
import { nextRequest, putRecordsAnswer, requestHandler } from '../stub.js';

/** A request of 500 records of 200 bytes; the time is for one record. */
export function putRecords({ amplify }) {
  const Records = entries(500);
  const contestants = [...contest(Records), ...(amplify ? [{ name: 'Amplify', run: repeat(amplify(Records, nextRequest)) }] : [])];
  // A piece of work is a record.
  return contestants.map(({ name, run }) => ({ name, run, pieces: 500 }));
}

/** A request of 5 MiB, nearly all of it data. */
export function large() {
  return contest(entries(5, 1024 * 1024 - 16));
}

function contest(Records) {
  const input = { StreamName: STREAM, Records };
  const answerOf = () => putRecordsAnswer(Records.length);
  const client = ours.client();
  const [aws, hand] = [sdk({ requestHandler: requestHandler(answerOf) }), byHand()];
  const floor = floorOf(joined(Records.map(({ Data }) => Data)), bodyOf(STREAM, Records));
  return [
    { name: 'kinesis-edge', run: repeat(() => client.putRecords(input)) },
    { name: 'client-kinesis', run: repeat(() => aws.putRecords(input)) },
    { name: 'aws4fetch by hand', run: repeat(() => hand.putRecords(input)) },
    { name: 'floor', run: repeat(floor) },
  ];
}

import { STREAM, event, keyOf } from '../inputs.js';
import { byHand } from '../peers/aws4fetch.js';
import { floorOf } from '../peers/floor.js';
import * as ours from '../peers/ours.js';
import { sdk } from '../peers/sdk.js';
import { repeat } from '../rounds.js';
import { PUT_RECORD_ANSWER, requestHandler } from '../stub.js';

export const answerOf = () => PUT_RECORD_ANSWER;

/** One record of 200 bytes, up to the call of fetch and from its answer to the result. */
export function putRecord() {
  const input = { StreamName: STREAM, Data: event(0), PartitionKey: keyOf(0) };
  const body = new TextEncoder().encode(JSON.stringify({ ...input, Data: 'x'.repeat(268) }));
  const [client, aws, hand] = [ours.client(), sdk({ requestHandler: requestHandler(answerOf) }), byHand()];
  return [
    { name: 'kinesis-edge', run: repeat(() => client.putRecord(input)) },
    { name: 'client-kinesis', run: repeat(() => aws.putRecord(input)) },
    { name: 'aws4fetch by hand', run: repeat(() => hand.putRecord(input)) },
    { name: 'floor', run: repeat(floorOf(input.Data, body)) },
  ];
}

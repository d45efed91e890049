// @aws-sdk/client-kinesis. Runs in every runtime.
import { KinesisClient, PutRecordCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { CREDENTIALS, REGION } from '../inputs.js';

export function sdk(options) {
  const client = new KinesisClient({ region: REGION, credentials: CREDENTIALS, ...options });
  return {
    putRecord: (input) => client.send(new PutRecordCommand(input)),
    putRecords: (input) => client.send(new PutRecordsCommand(input)),
    destroy: () => client.destroy(),
  };
}

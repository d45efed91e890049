import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { OPTIONS, RECORD, trap } from './trap.js';

/** Resolves when the first signed request is handed over. */
export async function first() {
  const { sent, requestHandler } = trap();
  new KinesisClient({ ...OPTIONS, requestHandler }).send(new PutRecordCommand(RECORD));
  await sent;
}

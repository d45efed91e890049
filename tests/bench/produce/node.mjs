// One contestant's rounds in a Node process: notified of each by a message, answers with the processor time it took.
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { createNodeFetch } from 'kinesis-edge/node';
import { ownProcessorTime } from '../rounds.js';
import { produce } from './contestants.js';

process.on('message', async (round) => {
  // New connections for both.
  const nodeFetch = createNodeFetch();
  // By itself the SDK speaks HTTP/2, which the embedded server does not.
  const requestHandler = new NodeHttpHandler();
  const before = ownProcessorTime();
  await produce(round, { requestHandler, nodeFetch });
  process.send({ cpu: ownProcessorTime() - before });
  requestHandler.destroy();
});

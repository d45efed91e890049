// aws4fetch with a batch written by hand: what a careful developer writes around it. Runs in every runtime.
import { AwsClient, AwsV4Signer } from 'aws4fetch';
import { CREDENTIALS, ENDPOINT, REGION } from '../inputs.js';
import { toBase64 } from './floor.js';

export function byHand(endpoint = ENDPOINT) {
  const aws = new AwsClient({ ...CREDENTIALS, region: REGION, service: 'kinesis' });
  const call = async (operation, input) => {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `Kinesis_20131202.${operation}` };
    const response = await aws.fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(input) });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${answer.__type}: ${answer.message}`);
    return answer;
  };
  return {
    putRecord: (input) => call('PutRecord', { ...input, Data: toBase64(input.Data) }),
    putRecords: ({ StreamName, Records }) =>
      call('PutRecords', { StreamName, Records: Records.map(({ Data, PartitionKey }) => ({ Data: toBase64(Data), PartitionKey })) }),
  };
}

/** Its signer alone, with its cache of signing keys. */
export function signer(body, headers) {
  const cache = new Map();
  const request = { method: 'POST', url: ENDPOINT, ...CREDENTIALS, region: REGION, service: 'kinesis', headers, body, cache };
  return () => new AwsV4Signer(request).sign();
}

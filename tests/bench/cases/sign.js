import { Sha256 } from '@aws-crypto/sha256-js';
import { event } from '../inputs.js';
import * as aws4fetch from '../peers/aws4fetch.js';
import { sha256 } from '../peers/floor.js';
import * as ours from '../peers/ours.js';
import * as smithy from '../peers/smithy.js';
import { repeat, repeatSync } from '../rounds.js';

/** Signing a request of 300 bytes, same credentials and day. */
export function sign({ NodeSha256 }) {
  const body = event(0, 300);
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Kinesis_20131202.PutRecord' };
  return [
    { name: 'kinesis-edge', run: repeatSync(ours.signer(body, headers)) },
    { name: 'aws4fetch', run: repeat(aws4fetch.signer(body, headers)) },
    ...(NodeSha256 ? [{ name: 'signature-v4 on node:crypto', run: repeat(smithy.signer(body, headers, NodeSha256)) }] : []),
    { name: 'signature-v4 on sha256-js', run: repeat(smithy.signer(body, headers, Sha256)) },
    { name: 'floor', run: repeat(async () => sha256(body)) },
  ];
}

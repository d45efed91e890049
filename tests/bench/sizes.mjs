// What a visitor downloads: minified by esbuild and gzipped at level 9, wasm included.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { top } from '../../xtask/say.mjs';
import { sizes } from '../../xtask/sizes.mjs';
import { bundle } from './runtimes/bundle.mjs';

const PEER_IMPORTS = [
  { name: 'client-kinesis, PutRecords', code: "export { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis'" },
  { name: 'client-kinesis, PutRecords and PutRecord', code: "export { KinesisClient, PutRecordsCommand, PutRecordCommand } from '@aws-sdk/client-kinesis'" },
  { name: 'aws4fetch, by hand', code: "export * from './peers/aws4fetch.js'" },
  { name: 'Amplify Kinesis', code: "export { record, flushEvents } from '@aws-amplify/analytics/kinesis'; export { Amplify } from 'aws-amplify'" },
  // These two are published ready for a page.
  { name: 'Snowplow browser tracker', file: '@snowplow/browser-tracker/dist/index.umd.min.js' },
  { name: 'Segment analytics-next', file: '@segment/analytics-next/dist/umd/index.js' },
];

/** `[{ name, gzipped }]`: each import of ours, then the peers'. */
export async function weighAll() {
  const ours = (await sizes()).map(({ name, js, wasm }) => ({ name: `kinesis-edge: ${name}`, gzipped: js + wasm }));
  return [...ours, ...(await Promise.all(PEER_IMPORTS.map(weigh)))];
}

async function weigh({ name, code, file }) {
  const script = file ? readFileSync(join(top, 'node_modules', file)) : await bundle({ contents: code }, 'browser');
  return { name, gzipped: gzip(script) };
}

/** The peers' versions, as package.json pins them. */
export function versions() {
  const { devDependencies } = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8'));
  return Object.fromEntries(PEERS.map((name) => [name, devDependencies[name]]));
}

const PEERS = [
  '@aws-sdk/client-kinesis',
  'aws4fetch',
  '@smithy/signature-v4',
  '@aws-crypto/sha256-js',
  '@aws-amplify/analytics',
  'aws-amplify',
  'aws-kinesis-agg',
  '@snowplow/browser-tracker',
  '@segment/analytics-next',
];

function gzip(bytes) {
  return gzipSync(bytes, { level: 9 }).length;
}

// The cases in a Node process of their own: node tests/bench/runtimes/node.mjs '<JSON of { cases, timing }>' prints JSON.
import { createHash } from 'node:crypto';
import kinesisAgg from 'aws-kinesis-agg';
import { runCase } from '../cases/index.js';
import { NodeSha256 } from '../peers/node-sha256.mjs';
import { ownProcessorTime } from '../rounds.js';

const { cases, timing } = JSON.parse(process.argv[2]);
const md5 = (bytes) => createHash('md5').update(bytes).digest();
const results = {};
for (const name of cases) results[name] = await runCase(name, { NodeSha256, kinesisAgg, md5, processorTime: ownProcessorTime }, timing);
process.stdout.write(JSON.stringify({ version: `Node ${process.versions.node}`, results }));
// A producer's timers and the SDK's idle sockets are of no more use.
process.exit(0);

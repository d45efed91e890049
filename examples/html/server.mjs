// Serves the page. /aws-keys.json has keys for the local stream, which takes any. A server of yours gives temporary keys there, of a role that may do
// nothing but kinesis:PutRecords on this one stream.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const { port } = parseArgs({ options: { port: { type: 'string', default: '8080' } } }).values;
const { AWS_REGION: region, AWS_ENDPOINT_URL_KINESIS: endpoint } = process.env;
const dist = join(dirname(createRequire(import.meta.url).resolve('kinesis-edge/package.json')), 'dist');

const ANSWERS = {
  '/': ['text/html', () => readFile(join(import.meta.dirname, 'index.html'))],
  '/kinesis-edge.js': ['text/javascript', () => readFile(join(dist, 'kinesis-edge.iife.js'))],
  '/settings.json': ['application/json', () => JSON.stringify({ region, endpoint })],
  '/aws-keys.json': ['application/json', () => JSON.stringify({ accessKeyId: 'local', secretAccessKey: 'local' })],
};

const server = createServer(async (request, response) => {
  const answer = ANSWERS[request.url];
  if (!answer) return response.writeHead(404).end();
  const [type, read] = answer;
  response.writeHead(200, { 'content-type': type }).end(await read());
});
server.listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));

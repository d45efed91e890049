// Serves the page, and stands in for Cognito: nothing on this machine is an identity pool. With one of yours, set IDENTITY_POOL_ID, and the page asks
// AWS. The guests' role may do nothing but kinesis:PutRecords on this one stream.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const { port } = parseArgs({ options: { port: { type: 'string', default: '8080' } } }).values;
const { AWS_REGION: region, AWS_ENDPOINT_URL_KINESIS: endpoint, IDENTITY_POOL_ID } = process.env;
const dist = join(dirname(createRequire(import.meta.url).resolve('kinesis-edge/package.json')), 'dist');
const LOCAL_POOL = `${region}:00000000-0000-0000-0000-000000000000`;

/** With a pool of AWS the stream is that of AWS, too: its keys open nothing here. */
const settings = (origin) =>
  IDENTITY_POOL_ID
    ? { region: IDENTITY_POOL_ID.split(':')[0], identityPoolId: IDENTITY_POOL_ID }
    : { region, endpoint, identityPoolId: LOCAL_POOL, cognitoEndpoint: `${origin}/cognito` };

/** The two operations that a guest needs: https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html */
const COGNITO = {
  'AWSCognitoIdentityService.GetId': () => ({ IdentityId: `${region}:11111111-1111-1111-1111-111111111111` }),
  'AWSCognitoIdentityService.GetCredentialsForIdentity': ({ IdentityId }) => ({
    IdentityId,
    Credentials: { AccessKeyId: 'LOCAL', SecretKey: 'local', SessionToken: 'local', Expiration: Date.now() / 1000 + 3600 },
  }),
};

const server = createServer(async (request, response) => {
  const send = (type, body) => response.writeHead(200, { 'content-type': type }).end(body);
  const sendJson = (value) => send('application/json', JSON.stringify(value));
  if (request.url.startsWith('/cognito')) {
    const input = JSON.parse((await request.toArray()).join(''));
    return sendJson(COGNITO[request.headers['x-amz-target']](input));
  }
  if (request.url === '/settings.json') return sendJson(settings(`http://${request.headers.host}`));
  if (request.url === '/kinesis-edge.js') return send('text/javascript', await readFile(join(dist, 'kinesis-edge.esm.js')));
  if (request.url === '/') return send('text/html', await readFile(join(import.meta.dirname, 'index.html')));
  response.writeHead(404).end();
});
server.listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));

// What the log says of each misconfiguration. tests/js/misconfigurations.test.mjs provokes every line of this list, and fails where the log
// says anything else; tests/docs/generate.mjs makes the table of docs/troubleshooting.md from it. `…` stands for what differs from case to case.

const IN_A_PAGE = "at CORS and at connect-src of the page's Content-Security-Policy: the browser's console says which";
const CREDENTIALS = "look at the credentials (key, secret and session token), whether they are for the region '…', and at the clock of this host";
const PROVIDER = 'look at the credentials provider, and at what it asks';
const KEYS = 'check the access key, its secret and its session token, and the clock of the host';
const UNAVAILABLE = 'Kinesis cannot be reached, is slow, or has an outage: check the region and the endpoint (…)';
const COLLECTOR_LOST = "look at collectorUrl, the connection, the collector's allowedOrigins (CORS) and connect-src of the page's Content-Security-Policy: the browser's console says which";
const NOWHERE = 'error: ERR_SERVICE: the collector answered with HTTP 404: the events are kept and sent again; look at collectorUrl, which is http://…';
const ROW = '… failures in a row, … waiting; the last: ';
const NO_EVENT = 'no event gets through to …, … wait; failures in a row: …; the last: ';

/** `who` is `client`, `producer`, `collector`, `tracker to Kinesis` or `tracker to a collector`. */
export const MISCONFIGURATIONS = [
  {
    id: 'dead',
    wrong: 'nothing listens at the `endpoint`, or at `collectorUrl`',
    remedy: 'correct the address, or start the server',
    says: {
      client: `warn: … has failed: ERR_NETWORK: …ECONNREFUSED…; look at the endpoint '…' and the connection`,
      producer: `warn: ${ROW}ERR_NETWORK: …ECONNREFUSED…; look at the endpoint '…' and the connection`,
      collector: `error: events are held: ERR_NETWORK: ${UNAVAILABLE}`,
      'tracker to Kinesis': `warn: ${ROW}ERR_NETWORK: …; look at the endpoint '…' and the connection, ${IN_A_PAGE}`,
      'tracker to a collector': `warn: ${NO_EVENT}Failed to fetch; ${COLLECTOR_LOST}`,
    },
  },
  {
    id: 'unresolved',
    wrong: "the endpoint's host does not exist",
    remedy: 'correct the `endpoint`, or leave it out',
    says: {
      client: `warn: … has failed: ERR_NETWORK: …ENOTFOUND…; look at the endpoint '…' and the connection`,
      producer: `warn: ${ROW}ERR_NETWORK: …ENOTFOUND…; look at the endpoint '…' and the connection`,
      'tracker to Kinesis': `warn: ${ROW}ERR_NETWORK: …; look at the endpoint '…' and the connection, ${IN_A_PAGE}`,
    },
  },
  {
    id: 'silent',
    wrong: 'the endpoint accepts connections and never answers',
    remedy: 'look for a firewall or a proxy on the way, and for a server that is not Kinesis',
    says: {
      client: `warn: … has failed: TimeoutError: no complete response within 10000 ms (requestTimeoutMs); look at the endpoint '…' and the connection`,
      producer: `warn: a request has failed, … waiting; the last: TimeoutError: no … within 10000 ms (requestTimeoutMs); look at the endpoint '…' and the connection`,
      collector: `error: events are held: TimeoutError (ERR_TIMEOUT): ${UNAVAILABLE}`,
      'tracker to Kinesis': `warn: a request has failed, … waiting; the last: TimeoutError: no … within 10000 ms (requestTimeoutMs); look at the endpoint '…' and the connection, ${IN_A_PAGE}`,
      'tracker to a collector': `warn: ${NO_EVENT}no response within 10000 ms; ${COLLECTOR_LOST}`,
    },
  },
  {
    id: 'no-region',
    wrong: 'a `region` that does not exist, such as `us-esat-1`',
    remedy: 'correct the name of the region',
    says: {
      client: `warn: … has failed: ERR_NETWORK: …ENOTFOUND kinesis.us-esat-1.amazonaws.com…; look at the region 'us-esat-1' and the connection`,
      producer: `warn: ${ROW}ERR_NETWORK: …ENOTFOUND kinesis.us-esat-1.amazonaws.com…; look at the region 'us-esat-1' and the connection`,
      collector: 'error: events are held: ERR_NETWORK: Kinesis cannot be reached, is slow, or has an outage: check the region and the endpoint (us-esat-1)',
      'tracker to Kinesis': `warn: ${ROW}ERR_NETWORK: …; look at the region 'us-esat-1' and the connection, ${IN_A_PAGE}`,
    },
  },
  {
    id: 'no-stream',
    wrong: 'the stream does not exist in this region and account',
    remedy: 'create it, or correct `streamName`, `region` or the keys',
    says: {
      client: "warn: … has failed: ResourceNotFoundException: …not found.; look at the name of the stream, its account, the endpoint '…' and the region '…'",
      producer: "error: … given up: ResourceNotFoundException: …not found.; look at the name of the stream '…', its account, the endpoint '…' and the region '…'",
      collector: 'error: events are held: ResourceNotFoundException (ERR_SERVICE): check the region and the name of the stream',
      'tracker to Kinesis': `warn: ${ROW}ResourceNotFoundException: …not found.; look at the name of the stream '…', its account, the endpoint '…' and the region '…'`,
    },
  },
  {
    id: 'unknown-key',
    wrong: 'the access key is unknown, its session token is missing or wrong, or it is of another partition than the region (China, GovCloud)',
    remedy: 'give keys of this partition, temporary ones with their `sessionToken`',
    says: {
      client: `warn: … has failed: UnrecognizedClientException: The security token included in the request is invalid.; ${CREDENTIALS}`,
      producer: `error: … given up: UnrecognizedClientException: The security token included in the request is invalid.; ${CREDENTIALS}`,
      collector: `error: events are held: UnrecognizedClientException (ERR_SERVICE): ${KEYS}`,
      'tracker to Kinesis': `warn: ${ROW}UnrecognizedClientException: The security token included in the request is invalid.; ${CREDENTIALS}`,
    },
  },
  {
    id: 'wrong-secret',
    wrong: 'the secret does not belong to the access key, or a proxy on the way has changed the request',
    remedy: 'give the secret of this access key',
    says: {
      client: `warn: … has failed: InvalidSignatureException: The request signature we calculated does not match the signature you provided.…; ${CREDENTIALS}`,
      producer: `error: … given up: InvalidSignatureException: The request signature we calculated does not match the signature you provided.…; ${CREDENTIALS}`,
      collector: `error: events are held: InvalidSignatureException (ERR_SERVICE): ${KEYS}`,
      'tracker to Kinesis': `warn: ${ROW}InvalidSignatureException: The request signature we calculated does not match the signature you provided.…; ${CREDENTIALS}`,
    },
  },
  {
    id: 'incomplete-signature',
    wrong: 'an access key ID with an extra character, such as a comma',
    remedy: 'copy the key again',
    says: {
      client: `warn: … has failed: IncompleteSignatureException: …; ${CREDENTIALS}`,
      producer: `error: … given up: IncompleteSignatureException: …; ${CREDENTIALS}`,
      collector: `error: events are held: IncompleteSignatureException (ERR_SERVICE): ${KEYS}`,
    },
  },
  {
    id: 'no-permission',
    wrong: 'the keys have no permission for this operation',
    remedy: '[the policy](security.md#the-policy): compare its ARN with region, account and name of the stream',
    says: {
      client: 'warn: … has failed: AccessDeniedException: …; look at the policy of the credentials: they need kinesis:PutRecord on the stream',
      producer: "error: … given up: AccessDeniedException: …; look at the policy of the credentials: they need kinesis:PutRecords on the stream '…'",
      collector: 'error: events are held: AccessDeniedException (ERR_SERVICE): the access key needs kinesis:PutRecords on the stream',
      'tracker to Kinesis': `warn: ${ROW}AccessDeniedException: …; look at the policy of the credentials: they need kinesis:PutRecords on the stream '…'`,
    },
  },
  {
    id: 'wrong-clock',
    wrong: "the device's clock is a day off",
    remedy: 'nothing: the second try has the right time',
    says: {
      client: 'info: the clock of this host is wrong: signatures have the time of Kinesis from now on',
      producer: 'info: the clock of this host is wrong: signatures have the time of Kinesis from now on',
      'tracker to Kinesis': 'info: the clock of this host is wrong: signatures have the time of Kinesis from now on',
    },
  },
  {
    id: 'stuck-clock',
    wrong: 'signatures are refused as too old, and correcting the clock by the time of the answers did not help',
    remedy: 'set the clock; check whether a proxy caches answers or holds requests for minutes',
    says: {
      client: "warn: … has failed: InvalidSignatureException: Signature expired: …; look at the clock of this host, and of what answers at the endpoint '…'",
      producer: "error: … given up: InvalidSignatureException: Signature expired: …; look at the clock of this host, and of what answers at the endpoint '…'",
    },
  },
  {
    id: 'provider-throws',
    wrong: 'the credentials provider throws',
    remedy: 'read in the line what the provider threw. The line of a collector leaves it out, because others may read its log',
    says: {
      client: `warn: the credentials provider has failed: ERR_CREDENTIALS: credentials: the provider failed: logged out; ${PROVIDER}`,
      producer: `warn: ${ROW}ERR_CREDENTIALS: credentials: the provider failed: logged out; ${PROVIDER}`,
      collector: 'error: events are held: ERR_CREDENTIALS: credentials: the provider failed: check the credentials provider, and what it asks',
      'tracker to Kinesis': `warn: ${ROW}ERR_CREDENTIALS: credentials: the provider failed: logged out; ${PROVIDER}`,
    },
  },
  {
    id: 'provider-silent',
    wrong: 'the credentials provider never answers',
    remedy: 'find what the provider waits for',
    says: {
      client: `warn: the credentials provider has failed: ERR_CREDENTIALS: credentials: the provider gave none within 10000 ms (requestTimeoutMs); ${PROVIDER}`,
      producer: `warn: a request has failed, … waiting; the last: ERR_CREDENTIALS: credentials: the provider … within 10000 ms (requestTimeoutMs); ${PROVIDER}`,
      collector: 'error: events are held: ERR_CREDENTIALS: credentials: the provider … within 10000 ms (requestTimeoutMs): check the credentials provider, and what it asks',
    },
  },
  {
    id: 'provider-empty',
    wrong: 'the credentials provider gives `undefined`',
    remedy: 'let the provider return keys, or throw the reason why it has none',
    says: {
      client: `warn: the credentials provider has failed: ERR_CREDENTIALS: credentials (from the provider) must be an object with accessKeyId and secretAccessKey, …not undefined; ${PROVIDER}`,
      producer: `warn: ${ROW}ERR_CREDENTIALS: credentials (from the provider) must be an object with accessKeyId and secretAccessKey, …not undefined; ${PROVIDER}`,
      collector: 'error: events are held: ERR_CREDENTIALS: credentials (from the provider) must be an object with accessKeyId and secretAccessKey, …not undefined: check the credentials provider, and what it asks',
    },
  },
  {
    id: 'provider-malformed',
    wrong: 'the credentials provider gives keys without a member, such as `secretAccessKey`',
    remedy: 'correct the names of the members',
    says: {
      client: `warn: the credentials provider has failed: ERR_CREDENTIALS: credentials (from the provider).secretAccessKey is missing: …; ${PROVIDER}`,
      producer: `warn: ${ROW}ERR_CREDENTIALS: credentials (from the provider).secretAccessKey is missing: …; ${PROVIDER}`,
      collector: 'error: events are held: ERR_CREDENTIALS: credentials (from the provider).secretAccessKey is missing: …: check the credentials provider, and what it asks',
    },
  },
  {
    id: 'not-kinesis',
    wrong: 'another server is at the `endpoint`, or a proxy answers in its place',
    remedy: 'correct the `endpoint`; log in where a portal asks for it',
    says: {
      client: "warn: … has failed: ERR_SERVICE: …HTTP …; look at what is between this host and the endpoint '…': a proxy, a captive portal, a server that is not Kinesis",
      producer: "warn: … failures in a row, … waiting; the last: ERR_SERVICE: …HTTP …; look at what is between this host and the endpoint '…': a proxy, a captive portal, a server that is not Kinesis",
      collector: `error: events are held: ERR_SERVICE: ${UNAVAILABLE}`,
    },
  },
  {
    id: 'cors',
    wrong: 'CORS: the server does not allow the page to read its answers',
    remedy: 'leave out `endpoint`, because Kinesis itself allows every page. For a collector add the origin of the page to `allowedOrigins`',
    says: {
      'tracker to Kinesis': `warn: ${ROW}ERR_NETWORK: the request or its response was lost: Failed to fetch; look at the endpoint '…' and the connection, ${IN_A_PAGE}`,
      'tracker to a collector': `warn: ${NO_EVENT}Failed to fetch; ${COLLECTOR_LOST}`,
    },
  },
  {
    id: 'connect-src',
    wrong: "the page's Content-Security-Policy forbids the connection",
    remedy: 'add the address to `connect-src`: [the policy](security.md#content-security-policy)',
    says: {
      'tracker to Kinesis': `warn: ${ROW}ERR_NETWORK: the request or its response was lost: Failed to fetch…; look at the endpoint '…' and the connection, ${IN_A_PAGE}`,
      'tracker to a collector': `warn: ${NO_EVENT}Failed to fetch…; ${COLLECTOR_LOST}`,
    },
  },
  {
    id: 'no-wasm',
    wrong: "the page's Content-Security-Policy forbids WebAssembly",
    remedy: "add `'wasm-unsafe-eval'` to `script-src`: [the policy](security.md#content-security-policy)",
    says: {
      client: "error: the WebAssembly module could not be loaded: the page's Content-Security-Policy forbids WebAssembly; add 'wasm-unsafe-eval' to its script-src (…)",
      'tracker to Kinesis': "error: the WebAssembly module could not be loaded: the page's Content-Security-Policy forbids WebAssembly; add 'wasm-unsafe-eval' to its script-src (…)",
    },
  },
  {
    id: 'silent-wasm',
    wrong: 'the server of the page does not answer for the `.wasm` file',
    remedy: 'find what holds the request; [bundlers](bundlers.md)',
    says: {
      client: "warn: the WebAssembly module is not there after 10000 ms: look at the request of its .wasm file in the browser, or import 'kinesis-edge/inline', which needs no such file",
      'tracker to Kinesis': "warn: the WebAssembly module is not there after 10000 ms: look at the request of its .wasm file in the browser, or import 'kinesis-edge/inline', which needs no such file",
    },
  },
  {
    id: 'collector-path',
    wrong: 'the path of `collectorUrl` is not that of the collector',
    remedy: 'correct the path: it is `/collect`, unless the collector has the option `path`',
    says: { 'tracker to a collector': NOWHERE },
  },
  {
    id: 'collector-health',
    wrong: '`collectorUrl` ends with `/health`',
    remedy: 'write `/collect` in its place, or the `path` of the collector',
    says: { 'tracker to a collector': NOWHERE.replace('404', '405') },
  },
  {
    id: 'collector-options',
    wrong: "the collector's options are wrong, such as an origin with a path in `allowedOrigins`, or its options function throws (`the options function has thrown: …`)",
    remedy: "read the collector's log: it has the name of the option",
    says: {
      collector: 'error: ERR_INVALID_ARGUMENT: allowedOrigins[0] must be an origin …, not "https://www.example.com/"',
      'tracker to a collector': `warn: ${NO_EVENT}HTTP 500; look at the collector's log, which says why, and its /health`,
    },
  },
  {
    id: 'collector-404',
    wrong: 'the server at `collectorUrl` is not a collector, and has nothing at that path',
    remedy: 'correct the address. If that server sends no CORS header, the line says `Failed to fetch` instead',
    says: { 'tracker to a collector': NOWHERE },
  },
  {
    id: 'collector-page',
    wrong: 'a page of HTML is at `collectorUrl`',
    remedy: 'correct the address; a site answers with a page for any address that it does not know',
    says: {
      'tracker to a collector':
        "error: ERR_SERVICE: a page of HTML came in place of the collector's answer (HTTP 200): the events are kept and sent again. A proxy or a page to log in has answered, or no collector is at collectorUrl, which is http://…/collect",
    },
  },
  {
    id: 'collector-403',
    wrong: 'the collector refuses the write key, the parameter `k` of `collectorUrl`',
    remedy: 'correct the key. A page whose origin is in `allowedOrigins` needs no key: leave `k` out',
    says: { 'tracker to a collector': 'error: ERR_SERVICE: the collector answered with HTTP 403; look at allowedOrigins and writeKey of the collector' },
  },
];

/** A line of the list as a pattern of the whole line. */
export function patternOf(line) {
  const parts = line.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*')}$`);
}

/** The table of docs/troubleshooting.md: cause and remedy of each line, without what the line begins with. Alike ones are there once. */
export function misconfigurationTable() {
  const rows = MISCONFIGURATIONS.flatMap(({ wrong, remedy, says }) => {
    const lines = [...new Set(Object.values(says).map(causeIn))];
    const whoSays = (line) => Object.keys(says).filter((who) => causeIn(says[who]) === line).join(', ');
    return lines.map((line, index) => `| ${index ? '' : wrong} | ${whoSays(line)} | \`${line}\` | ${index ? '' : remedy} |`);
  });
  return ['| what is wrong | who says so | cause, and what to look at | what to do |', '|---|---|---|---|', ...rows].join('\n');
}

function causeIn(line) {
  return line
    .replace(/^\w+: /, '')
    .replace(/^(.*the last: |.* ha(s|ve) failed: |.* given up: |events are held: )/, '')
    .replace("the stream '…'", 'the stream')
    .replace(IN_A_PAGE, 'at CORS and at connect-src …');
}

// Checks a signature as AWS does: computed again from what has arrived, with `node:crypto`.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHash, createHmac } from 'node:crypto';

/**
 * @param secretOf the secret of an access key id
 * @returns what is wrong with the signature; `undefined` where it is right
 */
export function problemOfSignature({ method, url, headers, body }, secretOf) {
  const parts = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/kinesis\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(headers.authorization ?? '');
  if (!parts) return 'the authorization header is malformed';
  const [, keyId, day, region, signedHeaders, signature] = parts;
  const secret = secretOf(keyId);
  if (secret === undefined) return `the access key ${keyId} is unknown`;
  const { host, pathname, search } = new URL(url);
  if (search) return 'the query is signed, which defeats the cache of preflights';
  const all = { ...headers, host };
  const names = signedHeaders.split(';');
  for (const name of ['content-type', 'host', 'x-amz-date', 'x-amz-target', ...(headers['x-amz-security-token'] ? ['x-amz-security-token'] : [])])
    if (!names.includes(name)) return `the header ${name} is not signed`;
  const lines = names.map((name) => `${name}:${String(all[name]).trim()}\n`).join('');
  const canonical = [method, pathname, '', lines, signedHeaders, sha256(body)].join('\n');
  const scope = `${day}/${region}/kinesis/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  return hmac(signingKey(secret, day, region), toSign).toString('hex') === signature ? undefined : 'the signature does not match the request';
}

/** Keys that were derived before: it takes four hashes, and a run has many requests with the same. */
const derived = new Map();

function signingKey(secret, day, region) {
  const name = [secret, day, region].join(' ');
  if (derived.size > 1000) derived.clear();
  if (!derived.has(name)) derived.set(name, [day, region, 'kinesis', 'aws4_request'].reduce((made, part) => hmac(made, part), `AWS4${secret}`));
  return derived.get(name);
}

function sha256(data) {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key, data) {
  return createHmac('sha256', key).update(data).digest();
}

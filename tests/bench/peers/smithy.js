// @smithy/signature-v4, the AWS SDK's signer, with a hash of one's choice. Runs in every runtime.
import { SignatureV4 } from '@smithy/signature-v4';
import { CREDENTIALS, ENDPOINT, REGION } from '../inputs.js';

export function signer(body, headers, sha256) {
  const { hostname, protocol, pathname } = new URL(ENDPOINT);
  const signature = new SignatureV4({ credentials: CREDENTIALS, region: REGION, service: 'kinesis', sha256 });
  const request = { method: 'POST', protocol, hostname, path: pathname, query: {}, headers: { host: hostname, ...headers }, body };
  return () => signature.sign(request);
}

/**
 * Signature Version 4 for `POST /` by Node's own crypto: it prepares the
 * verifiers, and probes them, with none of the code that they are to verify.
 */
import { createHash, createHmac } from "node:crypto";

/**
 * The headers of a signed request; all that are given are signed.
 *
 * @param {object} request
 * @param {string} request.endpoint such as `http://127.0.0.1:4567`
 * @param {Record<string, string>} request.headers with names in lower case
 * @param {string} request.body
 * @param {string} request.service
 * @param {string} request.region
 * @param {{accessKeyId: string, secretAccessKey: string, sessionToken?: string}} request.credentials
 * @param {Date} [request.date]
 */
export function signedHeaders({ endpoint, headers, body, service, region, credentials, date = new Date() }) {
  const time = date.toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = [time.slice(0, 8), region, service, "aws4_request"];
  const all = { ...headers, host: new URL(endpoint).host, "x-amz-date": time };
  if (credentials.sessionToken) all["x-amz-security-token"] = credentials.sessionToken;

  const names = Object.keys(all).sort();
  const canonicalHeaders = names.map((name) => `${name}:${all[name]}\n`).join("");
  const canonicalRequest = ["POST", "/", "", canonicalHeaders, names.join(";"), sha256(body)].join("\n");
  const stringToSign = ["AWS4-HMAC-SHA256", time, scope.join("/"), sha256(canonicalRequest)].join("\n");
  const signingKey = scope.reduce(hmac, `AWS4${credentials.secretAccessKey}`);

  all.authorization = [
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope.join("/")}`,
    `SignedHeaders=${names.join(";")}`,
    `Signature=${hmac(signingKey, stringToSign).toString("hex")}`,
  ].join(", ");
  delete all.host; // fetch writes this one itself
  return all;
}

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();

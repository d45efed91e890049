/**
 * Shows what the verifiers refuse, and how, with requests signed by Node's own
 * crypto; fails when one takes what it used to refuse, or the reverse.
 *
 *     node tests/verifiers/probe.mjs
 */
import { signedHeaders } from "./sigv4.mjs";
import { startVerifiers } from "./start.mjs";

const MINUTE_MS = 60 * 1000;
const JSON_TYPE = "application/x-amz-json-1.1";
const TARGET = "Kinesis_20131202.PutRecords";

const NAMES = ["ministack", "moto"];
const BOTH = NAMES;
const NEITHER = [];

/**
 * What it is, who refuses it, what the signer is given instead of the truth, and
 * what befalls the request after.
 */
const CASES = [
  ["user's key", NEITHER],
  ["temporary key", NEITHER, temporaryKey],
  ["no signature", BOTH, truth, (request) => delete request.headers.authorization],
  ["wrong secret", BOTH, ({ credentials }) => ({ credentials: { ...credentials, secretAccessKey: "wrong" } })],
  ["unknown key id", BOTH, ({ credentials }) => ({ credentials: { ...credentials, accessKeyId: "AKIAUNKNOWN" } })],

  ["token missing", BOTH, temporaryKeyAlone],
  ["token dropped after", BOTH, temporaryKey, (request) => delete request.headers["x-amz-security-token"]],
  ["token wrong", BOTH, ({ temporary }) => ({ credentials: { ...temporary, sessionToken: "wrong" } })],
  ["token altered after", BOTH, temporaryKey, setHeader("x-amz-security-token", "altered")],
  ["token not signed", NEITHER, temporaryKeyAlone, addTokenUnsigned],

  ["body altered after", BOTH, truth, (request) => (request.body += " ")],
  ["content-type altered after", BOTH, truth, setHeader("content-type", "application/json")],
  ["x-amz-target altered after", BOTH, truth, setHeader("x-amz-target", "Kinesis_20131202.PutRecord")],
  ["x-amz-target not signed", NEITHER, contentTypeAlone, setHeader("x-amz-target", TARGET)],

  ["host of another", BOTH, () => ({ endpoint: "https://kinesis.us-east-1.amazonaws.com" })],
  // Not by its signature: each looks for the stream in the region signed for.
  ["region of another", BOTH, () => ({ region: "eu-west-1" })],
  // moto looks for the operation there too.
  ["service of another", ["moto"], () => ({ service: "firehose" })],

  ["4 minutes early", NEITHER, signedAt(-4)],
  ["6 minutes early", ["ministack"], signedAt(-6)],
  ["an hour early", ["ministack"], signedAt(-60)],
  ["an hour late", ["ministack"], signedAt(60)],
];

const verifiers = await startVerifiers();
try {
  const surprises = await runCases(verifiers);
  for (const name of NAMES) await showCors(name, verifiers[name]);
  for (const surprise of surprises) console.log(`NOT AS EXPECTED: ${surprise}`);
  if (surprises.length > 0) process.exitCode = 1;
} finally {
  await verifiers.stop();
}

async function runCases(verifiers) {
  const surprises = [];
  for (const [what, refusedBy, claim, befall] of CASES) {
    for (const name of NAMES) {
      const response = await send(verifiers[name], claim, befall);
      row(what, name, response.status, response.ok ? "accepted" : await errorOf(response));
      if (response.ok === refusedBy.includes(name)) surprises.push(`${name}, ${what}`);
    }
  }
  return surprises;
}

/** Signs a PutRecords as the truth has it but for what `claim` says, and sends it. */
async function send(verifier, claim = truth, befall = () => {}) {
  const body = JSON.stringify({
    StreamName: verifier.streamName,
    Records: [{ Data: "eA==", PartitionKey: "ü" }],
  });
  const headers = { "content-type": JSON_TYPE, "x-amz-target": TARGET };
  const { endpoint, region, credentials } = verifier;
  const signed = { endpoint, region, credentials, service: "kinesis", headers, body, ...claim(verifier) };
  const request = { method: "POST", headers: signedHeaders(signed), body };
  befall(request, verifier);
  return fetch(endpoint, request);
}

function truth() {
  return {};
}

function temporaryKey({ temporary }) {
  return { credentials: temporary };
}

function temporaryKeyAlone({ temporary }) {
  return { credentials: { ...temporary, sessionToken: undefined } };
}

function contentTypeAlone() {
  return { headers: { "content-type": JSON_TYPE } };
}

function signedAt(minutesFromNow) {
  return () => ({ date: new Date(Date.now() + minutesFromNow * MINUTE_MS) });
}

function setHeader(name, value) {
  return ({ headers }) => {
    headers[name] = value;
  };
}

function addTokenUnsigned({ headers }, { temporary }) {
  headers["x-amz-security-token"] = temporary.sessionToken;
}

/** MiniStack answers as Kinesis does; moto in XML, or not at all. */
async function errorOf(response) {
  const text = await response.text();
  const type = text.match(/"__type": *"([^"]*)"|<Code>([^<]*)</)?.slice(1).find(Boolean);
  const message = text.match(/"message": *"([^"]*)"|<Message>([^<]*)</)?.slice(1).find(Boolean);
  return type ? `${type}: ${message}` : text.replace(/\s+/g, " ").slice(0, 80);
}

/** What a page of another origin may send, and see of the answers. */
async function showCors(name, verifier) {
  const preflight = await fetch(verifier.endpoint, {
    method: "OPTIONS",
    headers: {
      origin: "http://page.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type,x-amz-date,x-amz-security-token,x-amz-target",
    },
  });
  const addOrigin = setHeader("origin", "http://page.example");
  const accepted = await send(verifier, truth, addOrigin);
  const refused = await send(verifier, signedAt(-60), (request) => {
    addOrigin(request);
    request.body += " ";
  });
  for (const [what, response] of Object.entries({ preflight, accepted, refused })) {
    row(`CORS, ${what}`, name, response.status, corsHeaders(response));
  }
}

function corsHeaders({ headers }) {
  const shown = [...headers].filter(([name]) => name.startsWith("access-control-"));
  return shown.map(([name, value]) => `${name.slice("access-control-".length)}: ${value}`).join("; ") || "none";
}

function row(what, name, status, rest) {
  console.log(`${what.padEnd(27)} ${name.padEnd(9)} ${status} ${rest}`);
}

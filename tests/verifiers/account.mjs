/** What a test needs on an AWS server: a user, a role and a stream. */
import { setTimeout as sleep } from "node:timers/promises";

import { signedHeaders } from "./sigv4.mjs";

export const REGION = "us-east-1";
export const STREAM_NAME = "verified";

// Both servers take this key for the account's root and believe it unchecked.
const ROOT = { accessKeyId: "test", secretAccessKey: "test" };
const NAME = "producer";
const ALLOW_KINESIS = policy({ Action: "kinesis:*", Resource: "*" });
const ALLOW_ANYONE = policy({ Action: "sts:AssumeRole", Principal: { AWS: "*" } });

/**
 * Makes the stream, and two sets of credentials that may write to it. The
 * server must not ask for permissions yet, or not ask the root for them.
 *
 * @param {string} endpoint
 */
export async function prepareAccount(endpoint) {
  const credentials = await createUser(endpoint);
  const temporary = await assumeRole(endpoint);
  const streamARN = await createStream(endpoint);
  return { endpoint, region: REGION, streamName: STREAM_NAME, streamARN, credentials, temporary };
}

async function createUser(endpoint) {
  const user = { UserName: NAME };
  await iam(endpoint, "CreateUser", user);
  await iam(endpoint, "PutUserPolicy", { ...user, PolicyName: NAME, PolicyDocument: ALLOW_KINESIS });
  return credentialsOf(await iam(endpoint, "CreateAccessKey", user));
}

async function assumeRole(endpoint) {
  const role = { RoleName: NAME };
  const created = await iam(endpoint, "CreateRole", { ...role, AssumeRolePolicyDocument: ALLOW_ANYONE });
  await iam(endpoint, "PutRolePolicy", { ...role, PolicyName: NAME, PolicyDocument: ALLOW_KINESIS });
  const session = { RoleArn: element(created, "Arn"), RoleSessionName: NAME };
  const answer = await query(endpoint, "sts", "2011-06-15", "AssumeRole", session);
  return { ...credentialsOf(answer), sessionToken: element(answer, "SessionToken") };
}

async function createStream(endpoint) {
  const stream = { StreamName: STREAM_NAME };
  await kinesis(endpoint, "CreateStream", { ...stream, ShardCount: 2 });
  for (let attempt = 0; attempt < 100; attempt++) {
    const { StreamDescriptionSummary: summary } = await kinesis(endpoint, "DescribeStreamSummary", stream);
    if (summary.StreamStatus === "ACTIVE") return summary.StreamARN;
    await sleep(100);
  }
  throw new Error(`${endpoint}: the stream did not become active`);
}

const iam = (endpoint, action, parameters) => query(endpoint, "iam", "2010-05-08", action, parameters);

function query(endpoint, service, version, action, parameters) {
  const body = new URLSearchParams({ Action: action, Version: version, ...parameters }).toString();
  return post(endpoint, service, { "content-type": "application/x-www-form-urlencoded; charset=utf-8" }, body);
}

async function kinesis(endpoint, operation, input) {
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": `Kinesis_20131202.${operation}`,
  };
  return JSON.parse((await post(endpoint, "kinesis", headers, JSON.stringify(input))) || "null");
}

async function post(endpoint, service, headers, body) {
  const request = { endpoint, headers, body, service, region: REGION, credentials: ROOT };
  const response = await fetch(endpoint, { method: "POST", headers: signedHeaders(request), body });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${endpoint}: ${service} answered ${response.status}: ${answer}`);
  return answer;
}

const credentialsOf = (xml) => ({
  accessKeyId: element(xml, "AccessKeyId"),
  secretAccessKey: element(xml, "SecretAccessKey"),
});

const element = (xml, name) => xml.match(`<${name}>([^<]+)</${name}>`)[1];

function policy(statement) {
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
}

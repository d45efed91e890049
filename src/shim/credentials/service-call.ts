import { pause } from '../client/attempt.js';
import { KinesisError, messageOf } from '../core/error.js';

/**
 * One unsigned call of an AWS service that gives out credentials: a POST, tried again where the service is busy or out of reach. No
 * error holds a token.
 * @param {{ service: string, url: string, headers: Record<string, string>, body: string, tokens: string[] }} call `service` is its name in messages
 * @returns {Promise<string>} the text of the answer
 */
export async function askForCredentials(call) {
  for (let failures = 1; ; failures += 1) {
    const answer = await tryOnce(call);
    if (typeof answer === 'string') return answer;
    if (failures === TRIES || answer.code === 'ERR_CREDENTIALS') {
      const message = call.tokens.reduce((text, token) => text.replaceAll(token || NEVER, '…'), answer.message);
      throw new KinesisError('ERR_CREDENTIALS', message, { ...details(answer), attempts: failures });
    }
    await pause(Math.random() * BACKOFF_MS * 2 ** failures, undefined);
  }
}

/**
 * @param {Parameters<typeof askForCredentials>[0]} call
 * @returns {Promise<string | KinesisError>} an error of another code than ERR_CREDENTIALS is worth another try
 */
async function tryOnce({ service, url, headers, body }) {
  let response;
  let text;
  try {
    response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    text = await response.text();
  } catch (error) {
    return new KinesisError('ERR_NETWORK', `${service} did not answer: ${messageOf(error)}`);
  }
  const { status } = response;
  if (response.ok) return text;
  const { name, message } = problemOf(parse(text), text, response.headers.get('x-amzn-errortype'));
  const isBusy = status >= 500 || status === 429 || BUSY.test(name);
  const why = [name || `HTTP ${status}`, message].filter(Boolean).join(': ');
  return new KinesisError(isBusy ? 'ERR_SERVICE' : 'ERR_CREDENTIALS', `${service} refused: ${why}`, { name: name || undefined, status });
}

/**
 * Keys as the services name them.
 * @param {string} service
 * @param {Record<string, any> | undefined} keys
 * @returns {import('../types/types.js').AwsCredentials}
 */
export function toCredentials(service, keys) {
  const { AccessKeyId: accessKeyId, SecretAccessKey, SecretKey, SessionToken: sessionToken, Expiration } = keys ?? {};
  const secretAccessKey = SecretAccessKey ?? SecretKey;
  if (!accessKeyId || !secretAccessKey) throw new KinesisError('ERR_CREDENTIALS', `${service} gave no credentials`);
  // Seconds in JSON, text in XML.
  const expiration = typeof Expiration === 'string' && Number.isNaN(Number(Expiration)) ? new Date(Expiration) : new Date(Number(Expiration) * 1000);
  return { accessKeyId, secretAccessKey, sessionToken, ...(Expiration !== undefined && { expiration }) };
}

/** @param {string} service @param {string} region */
export function serviceUrl(service, region) {
  return `https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/`;
}

/**
 * A token, or what a function gives for one.
 * @param {string | (() => Promise<string>)} token
 * @param {string} argument
 */
export async function readToken(token, argument) {
  let given;
  try {
    given = typeof token === 'function' ? await token() : token;
  } catch (error) {
    throw new KinesisError('ERR_CREDENTIALS', `${argument} failed: ${messageOf(error)}`, { cause: error });
  }
  if (typeof given === 'string' && given !== '') return given;
  throw new KinesisError('ERR_CREDENTIALS', `${argument} must give a string that is not empty`);
}

/** @param {any} error */
function details({ name, status }) {
  return { name, status };
}

/** @param {string} text */
export function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Of an error in any of the shapes: JSON 1.1, the query protocol in JSON and in XML.
 * @param {any} answer
 * @param {string} text
 * @param {string | null} header
 */
function problemOf(answer, text, header) {
  const { Code, Message } = answer?.Error ?? {};
  const name = Code ?? answer?.__type ?? header ?? tag(text, 'Code') ?? '';
  const message = Message ?? answer?.message ?? answer?.Message ?? tag(text, 'Message') ?? '';
  return { name: String(name).replace(/^.*#/, '').replace(/:.*$/, ''), message: String(message) };
}

/**
 * The text of the first element of a name: enough for these flat answers, where a host has no XML parser.
 * @param {string} xml
 * @param {string} name
 */
export function tag(xml, name) {
  const text = xml.match(`<${name}>([^<]*)</${name}>`)?.[1];
  return text?.replace(/&(lt|gt|quot|apos|amp);/g, (_, entity) => /** @type {any} */ ({ lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' })[entity]);
}

const BUSY = /Throttl|TooManyRequests|LimitExceeded|IDPCommunicationError|InternalError/;
/** In no message. */
const NEVER = '\0';
const TRIES = 4;
const BACKOFF_MS = 100;
const TIMEOUT_MS = 5000;

import { pause } from '../core/abort.js';
import { toEndpoint } from '../core/checks.js';
import { describe } from '../core/describe.js';
import { KinesisError, messageOf } from '../core/error.js';
import { parseJson } from '../core/json.js';
import { formsOf, withoutSecrets } from '../core/secrets.js';
import { TimedRequest } from '../core/timed-request.js';
import { elementText } from './response-text.js';

/** An unsigned request to a service that issues credentials. */
export interface ServiceCall {
  /** The name of the service in error messages. */
  service: string;
  url: string;
  init: RequestInit;
  /** Texts that may be secrets of the user, which no error message may contain. */
  tokens: string[];
}

/**
 * Calls a service, up to four times where it is busy or cannot be reached.
 * @returns the text of the response
 */
export async function requestCredentials(call: ServiceCall): Promise<string> {
  for (let attempts = 1; ; attempts += 1) {
    const result = await callOnce(call);
    if (typeof result === 'string') return result;
    const { code, name, status } = result;
    if (attempts === ATTEMPTS_MAX || code === 'ERR_CREDENTIALS') {
      throw new KinesisError('ERR_CREDENTIALS', withoutSecrets(result.message, formsOf(call.tokens)), {
        name,
        status,
        attempts,
      });
    }
    await pause(Math.random() * BACKOFF_MS * 2 ** attempts, undefined);
  }
}

/** @returns the text of the response or an error, which is final if its code is ERR_CREDENTIALS */
async function callOnce({ service, url, init }: ServiceCall): Promise<string | KinesisError> {
  const request = new TimedRequest(TIMEOUT_MS);
  try {
    // Another host must not get a token.
    const response = await request.unlessAborted(fetch(url, { redirect: 'manual', ...init, signal: request.signal }));
    const text = await request.unlessAborted(response.text());
    return response.ok ? text : errorOfResponse(service, response, text);
  } catch (error) {
    return new KinesisError('ERR_NETWORK', `${service} did not respond: ${messageOf(error)}`);
  } finally {
    request.end();
  }
}

function errorOfResponse(service: string, { status, headers }: Response, text: string): KinesisError {
  const { name, message } = parseException(text, headers.get('x-amzn-errortype'));
  // A redirect comes from a proxy. A browser shows its status as 0.
  const isBusy = status < 400 || status >= 500 || status === 429 || BUSY.test(name);
  const reason = [name || `HTTP ${status}`, message].filter(Boolean).join(': ');
  const code = isBusy ? 'ERR_SERVICE' : 'ERR_CREDENTIALS';
  return new KinesisError(code, `${service} refused: ${reason}`, { name: name || undefined, status });
}

/** An exception of AWS in any of its formats: JSON 1.1, and the query protocol in JSON and in XML. */
interface ExceptionBody {
  Error?: { Code?: string; Message?: string };
  __type?: string;
  message?: string;
  Message?: string;
}

function parseException(text: string, header: string | null): { name: string; message: string } {
  const body = parseJson(text) as ExceptionBody | null | undefined;
  const { Code, Message } = body?.Error ?? {};
  const name = Code ?? body?.__type ?? header ?? elementText(text, 'Code') ?? '';
  const message = Message ?? body?.message ?? body?.Message ?? elementText(text, 'Message') ?? '';
  return { name: String(name).replace(/^.*#/, '').replace(/:.*$/, ''), message: String(message) };
}

/** The option `clientConfig` of a provider. */
export interface ServiceConfig {
  region?: string | undefined;
  endpoint?: string | undefined;
}

/** The URL of a service. Tokens of the user go there, so nothing but a region may be a part of its host. */
export function endpointOf(service: string, { region, endpoint }: ServiceConfig): string {
  if (endpoint !== undefined && endpoint !== null) return toEndpoint(endpoint, 'clientConfig.endpoint');
  if (region === undefined || region === null) return `https://${service}.amazonaws.com/`;
  if (typeof region !== 'string' || !/^[a-z0-9-]{1,63}$/i.test(region)) {
    throw KinesisError.invalid(
      `clientConfig.region must be the name of an AWS region such as 'us-east-1', not ${describe(region)}`,
    );
  }
  return `https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/`;
}

const BUSY = /Throttl|TooManyRequests|LimitExceeded|IDPCommunicationError|InternalError/;
const ATTEMPTS_MAX = 4;
/** The first backoff takes up to twice as long. */
const BACKOFF_MS = 100;
/** Milliseconds for one attempt, up to the last byte of its response. */
const TIMEOUT_MS = 5000;

import http, { type Agent, type ClientRequest } from 'node:http';
import https from 'node:https';

/** An agent for each protocol. */
export interface Agents {
  http: Agent;
  https: Agent;
}

/** @param agent used for both protocols in place of an agent for each */
export function createAgents(agent: Agent | undefined): Agents {
  return { http: agent ?? new http.Agent(AGENT), https: agent ?? new https.Agent(AGENT) };
}

export function openRequest(url: URL, { method = 'GET', headers = {} }: RequestInit, agents: Agents): ClientRequest {
  const fields = Symbol.iterator in headers ? Object.fromEntries(headers) : headers;
  if (url.protocol === 'https:') return https.request(url, { method, headers: fields, agent: agents.https });
  return http.request(url, { method, headers: fields, agent: agents.http });
}

export function readUrl(input: unknown): URL {
  if (typeof input !== 'string' && !(input instanceof URL)) throw new TypeError('nodeFetch takes a string or a URL');
  const url = new URL(input);
  if (!/^https?:$/.test(url.protocol)) throw new TypeError(`nodeFetch takes http: and https:, not ${url.protocol}`);
  if (url.username || url.password) throw new TypeError('nodeFetch takes no URL with a user name or a password');
  return url;
}

export function readBody(body: unknown): string | Uint8Array | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string' || body instanceof Uint8Array) return body;
  throw new TypeError('nodeFetch takes a string or a Uint8Array as body, not a stream or anything else');
}

/**
 * An idle connection is closed before servers close it, after 4 s as with Node's `fetch`. A server that announces an
 * earlier end is obeyed.
 */
const AGENT = { keepAlive: true, timeout: 4000 };

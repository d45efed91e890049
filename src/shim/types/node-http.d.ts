import type { Agent } from 'node:http';

/**
 * What `fetch` does in Node, at a fraction of its processor time: over `node:http` and `node:https`, with connections that are kept. Give it as
 * the option `fetch` of a client, a producer or a collector:
 *
 *     new Producer({ …, fetch: nodeFetch })
 *
 * It takes what this package asks of `fetch`, and no more:
 * - a URL (`http:` or `https:`) as a string or a `URL`, no `Request`;
 * - `method`, `headers`, `signal`, and as `body` a string or a `Uint8Array`, which must not be changed until there is an answer;
 * - the answer has `status`, `statusText`, `ok`, `headers`, `arrayBuffer()`, `text()` and `json()`, and nothing else of a `Response`.
 *
 * An answer is read into memory as it comes. Redirects are answers too: AWS's APIs send none. Nothing is decompressed, and nothing
 * asked for that would be. There is no time limit but that of the `signal`. A request is sent once, even where a kept connection ends under
 * it; Deno's `node:http` then sends it once more by itself. In Deno and Bun `fetch` is as quick.
 *
 * Idle connections are closed after 4 seconds, or a second before the server says that it will, and keep no process alive.
 *
 * Rejects as `fetch` does: with the signal's reason; with a `TypeError` whose `cause` is Node's error; with a `TypeError` for what it does not take.
 */
export const nodeFetch: typeof fetch;

/** A `nodeFetch` with connections of its own. */
export function createNodeFetch(options?: NodeFetchOptions): typeof fetch;

export interface NodeFetchOptions {
  /**
   * What opens and keeps the connections: an `Agent` of `node:https` with certificates or limits of yours, one for a proxy. One of `node:http`
   * takes `http:` URLs alone, one of `node:https` `https:` URLs alone.
   * @default one of each, with `{ keepAlive: true, timeout: 4000 }`
   */
  agent?: Agent;
}

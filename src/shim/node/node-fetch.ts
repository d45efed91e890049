import type { Agent } from 'node:http';
import { createAgents, openRequest, readBody, readUrl } from './request.js';
import { responseTo } from './response.js';

export interface NodeFetchOptions {
  /**
   * Opens and keeps the connections: an `Agent` of `node:https` with your certificates or limits, or one for a proxy.
   * An `Agent` of `node:http` accepts only `http:` URLs, one of `node:https` only `https:` URLs.
   * @default one of each, with `{ keepAlive: true, timeout: 4000 }`
   */
  agent?: Agent;
}

/**
 * Creates a `nodeFetch` with connections of its own.
 * @example
 * import { Agent } from 'node:https';
 * import { KinesisClient } from 'kinesis-edge';
 * import { createNodeFetch } from 'kinesis-edge/node';
 *
 * const agent = new Agent({ keepAlive: true, maxSockets: 8 });
 * const client = new KinesisClient({ region: 'us-east-1', fetch: createNodeFetch({ agent }) });
 */
export function createNodeFetch(options: NodeFetchOptions = {}): typeof fetch {
  const agents = createAgents(options?.agent);
  const fetchOverHttp = async (input: unknown, init: RequestInit = {}) => {
    init.signal?.throwIfAborted();
    const body = readBody(init.body);
    const request = openRequest(readUrl(input), init, agents);
    // Ending the request with its whole body sends a Content-Length. The body is not copied: for 5 MiB that takes a
    // millisecond.
    request.end(body);
    return responseTo(request, init.signal);
  };
  // It accepts less than `fetch`, and its response has less than a `Response`: the doc of `nodeFetch` lists what.
  return fetchOverHttp as unknown as typeof fetch;
}

/**
 * Does in Node what `fetch` does, at a fraction of its processor time: over `node:http` and `node:https`, on
 * connections that stay open. It is for the option `fetch` of a client, a producer or a collector.
 *
 * It supports what this package needs of `fetch`:
 * - a URL (`http:` or `https:`) as a string or a `URL`, but no `Request`;
 * - `method`, `headers`, `signal`, and a string or a `Uint8Array` as `body`, which must not change before the response;
 * - of a `Response` it has `status`, `statusText`, `ok`, `headers`, `arrayBuffer()`, `text()` and `json()`.
 *
 * A response is read into memory as it arrives. A redirect is returned as a response, because AWS's APIs send none. No
 * compressed response is asked for; one that a proxy has compressed (gzip, deflate, br) is decoded. The `signal` is the
 * only time limit. A request is sent once, even when its kept connection ends under it; in Deno `node:http` itself
 * sends it once more. In Deno and Bun `fetch` is as fast.
 *
 * An idle connection is closed after 4 seconds, or a second before the server closes it according to its headers. It
 * keeps no process alive.
 *
 * Rejects as `fetch` does: with the signal's reason, with a `TypeError` whose `cause` is Node's error, or with a
 * `TypeError` for an argument that it does not support.
 * @example
 * import { Producer } from 'kinesis-edge';
 * import { nodeFetch } from 'kinesis-edge/node';
 *
 * const producer = new Producer({ region: 'us-east-1', streamName: 'clicks', fetch: nodeFetch });
 */
export const nodeFetch: typeof fetch = createNodeFetch();

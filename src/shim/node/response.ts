import type { ClientRequest, IncomingMessage } from 'node:http';
import { decode } from './decoding.js';

/** What this package needs of a `Response`: creating a real one costs a fifth of the whole request. */
export class NodeResponse {
  declare readonly status: number;
  declare readonly statusText: string;
  declare readonly ok: boolean;
  declare readonly headers: Headers;
  readonly #bytes: Promise<Uint8Array<ArrayBuffer>>;

  constructor(message: IncomingMessage, bytes: Promise<Uint8Array<ArrayBuffer>>) {
    this.#bytes = bytes;
    this.status = message.statusCode as number;
    this.statusText = message.statusMessage ?? '';
    this.ok = this.status >= 200 && this.status < 300;
    this.headers = headersOf(message.rawHeaders);
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.#bytes).buffer;
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.#bytes);
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }
}

/**
 * Waits for the response to a request.
 *
 * A kept connection may end just when a request is sent on it, and Node's documentation recommends sending that request
 * again. This function rejects instead: the service may have received the request, and a caller that allows one attempt
 * gets one. The package retries it like any other request whose response is lost.
 */
export async function responseTo(request: ClientRequest, signal: RequestInit['signal']): Promise<NodeResponse> {
  const aborted = rejectAtAbort(request, signal);
  const fail = (reason: string) => (cause: Error & { errors?: unknown[] }) => {
    // The error of a host with several addresses has no message, but an error for each address.
    throw signal?.aborted ? signal.reason : new TypeError(reason, { cause: cause.errors?.[0] ?? cause });
  };
  const message = await Promise.race([headOf(request), aborted]).catch(fail('fetch failed'));
  const bytes = bytesOf(message).catch(fail('terminated'));
  // A caller may ignore the body: then its failure is no unhandled rejection.
  const end = () => endUnsent(request);
  bytes.then(end, end);
  return new NodeResponse(message, bytes);
}

/**
 * Ends a request when its signal aborts. It rejects by itself, because a request that waits for a connection of the
 * agent reports nothing before it has one.
 */
function rejectAtAbort(request: ClientRequest, signal: RequestInit['signal']): Promise<never> {
  const aborted = new Promise<never>((_, reject) => {
    const destroy = () => {
      request.destroy();
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', destroy);
    request.once('close', () => signal?.removeEventListener('abort', destroy));
  });
  aborted.catch(() => {});
  return aborted;
}

function headOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', reject);
    // After a response with the status 101 there is neither of them.
    request.on('close', () => reject(new Error('the connection was closed without a response')));
  });
}

/**
 * Closes the connection of a request that was answered before it was sent to its end. The peer may never read the rest,
 * and the connection with that rest would stay.
 */
function endUnsent(request: ClientRequest): void {
  // Other hosts than Node may not say it.
  if (request.writableFinished === false) request.destroy();
}

/** Reads a response to its end at once, which frees the connection for the next request. */
async function bytesOf(message: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const body = await decode(await bodyOf(message), message.headers['content-encoding']);
  // A copy, because a short `Buffer` is part of a larger one with the bytes of others.
  return new Uint8Array(body);
}

function bodyOf(message: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const parts: Uint8Array[] = [];
    message.on('data', (part) => parts.push(part));
    message.on('end', () => resolve(Buffer.concat(parts)));
    message.on('error', reject);
  });
}

/** @param raw names and values in turn */
function headersOf(raw: string[]): Headers {
  const headers = new Headers();
  for (let at = 0; at < raw.length; at += 2) headers.append(raw[at] as string, raw[at + 1] as string);
  return headers;
}

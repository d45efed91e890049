import { once } from 'node:events';
import {
  Agent,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  createServer,
  request as forward,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { CommandFailure } from '../failure.js';
import { type Faults, NO_FAULTS } from './fault.js';
import { failRecords } from './record-faults.js';

/** The response of the server behind the proxy, or one that the proxy sends in its place. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/**
 * An HTTP server on loopback in front of a local Kinesis. It passes requests on, and makes those that write fail as
 * `faults` says.
 */
export class FaultProxy {
  faults: Faults = NO_FAULTS;
  readonly #upstream: URL;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server: Server;

  private constructor(upstream: string) {
    this.#upstream = new URL(upstream);
    this.#server = createServer((request, response) => {
      // The client may leave at any time.
      this.#handle(request, response).catch(() => response.destroy());
    });
  }

  /** @param port 0 stands for any free port */
  static async start(upstream: string, port: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(upstream);
    proxy.#server.listen(port, '127.0.0.1');
    try {
      await once(proxy.#server, 'listening');
    } catch (error) {
      throw CommandFailure.usage(
        `--port ${port} cannot be used: ${(error as Error).message}: give another, or 0 for any free one`,
      );
    }
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (happens(this.faults.offline)) return void response.destroy();
    if (request.method === 'OPTIONS') return void response.writeHead(204, PREFLIGHT).end();
    const body = await bytesOf(request);
    const answer = isWriting(request) ? await this.#write(request, body) : await this.#forward(request, body);
    if (!answer) return void response.destroy();
    response.writeHead(answer.status, { ...answer.headers, ...CORS }).end(answer.body);
  }

  /** Forwards a request that writes, with the faults; `undefined` where its response is lost. */
  async #write(request: IncomingMessage, body: Buffer): Promise<Answer | undefined> {
    const { throttle, record, error, responseLost, delayMs } = this.faults;
    if (delayMs > 0) await setTimeout(delayMs);
    if (happens(throttle))
      return exception(400, 'ProvisionedThroughputExceededException', 'Rate exceeded (a fault of kinesis-edge dev)');
    if (happens(error)) return exception(500, 'InternalFailure', 'A fault of kinesis-edge dev');
    const pass = (bytes: Buffer) => this.#forward(request, bytes);
    const answer = record > 0 ? await failRecords(request, body, () => happens(record), pass) : await pass(body);
    return happens(responseLost) ? undefined : answer;
  }

  async #forward({ method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    const { hostname, port } = this.#upstream;
    const own = { ...headers, 'content-length': String(body.length) };
    const onward = forward({ hostname, port, method, path: url, headers: own, agent: this.#agent });
    // `once` listens until the response begins: the connection may fail after that, too.
    onward.on('error', () => {});
    onward.end(body);
    const [answer] = (await once(onward, 'response')) as [IncomingMessage];
    const bytes = await bytesOf(answer);
    const kept = Object.entries(answer.headers).filter(([name]) => !DROPPED.test(name));
    const passed = Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
    return {
      status: answer.statusCode ?? 502,
      headers: { ...passed, 'content-length': String(bytes.length) },
      body: bytes,
    };
  }
}

function happens(share: number): boolean {
  return share > 0 && Math.random() < share;
}

function isWriting({ headers }: IncomingMessage): boolean {
  return /\.PutRecords?$/.test(String(headers['x-amz-target']));
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function exception(status: number, name: string, message: string): Answer {
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amzn-errortype': name,
    'x-amzn-requestid': crypto.randomUUID(),
  };
  return { status, headers, body: Buffer.from(JSON.stringify({ __type: name, message })) };
}

/** Headers that are not passed on: those of one connection, and those that the proxy sets itself. */
const DROPPED = /^(access-control-|connection$|keep-alive$|transfer-encoding$|content-length$)/;
/** The headers that AWS sends, so that pages can use the proxy too. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,Date',
};
const PREFLIGHT = {
  ...CORS,
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': '*,authorization',
  'access-control-max-age': '172800',
};

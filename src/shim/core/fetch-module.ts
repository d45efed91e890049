import { isRefusedByPolicy } from './content-policy.js';
import { messageOf } from './error.js';

type Carrier = { moduleBytes(): Uint8Array<ArrayBuffer> };

declare global {
  interface ImportMeta {
    /**
     * What Vite knows. A build of Vite always takes the `.wasm` file along, and its versions up to 7 refuse a web
     * worker with a second chunk, so a production build leaves the carrier out.
     */
    readonly env?: { readonly PROD?: boolean };
  }
}

/**
 * A module of a page: the `.wasm` file beside the script, compiled while it arrives. Where that cannot be had, because
 * a bundler has not taken it along, a server responds with something else or a cache with the file of another version,
 * the same module as text in a script.
 * @param buildName of the glue
 * @param locate the file's address; it throws in a script that has no address of its own, such as an IIFE
 * @param importCarrier imports the script: a bundler makes it a chunk that is loaded only then; none where the file is
 *   always there
 */
export async function fetchModule(
  buildName: string,
  locate: () => URL,
  importCarrier: (() => Promise<Carrier>) | undefined,
): Promise<WebAssembly.Module | Uint8Array<ArrayBuffer>> {
  try {
    return await ownModule(buildName, locate());
  } catch (error) {
    // No other source helps where the page may run no WebAssembly.
    if (!importCarrier || isRefusedByPolicy(error)) throw error;
    return carriedModule(importCarrier, error);
  }
}

/** What is cached under the address may be of another version of the package: then it is fetched past the cache. */
async function ownModule(buildName: string, url: URL): Promise<WebAssembly.Module> {
  for (const cache of ['default', 'reload'] as const) {
    const module = await compiled(await fetched(url, cache));
    if (WebAssembly.Module.imports(module).some(({ module: from }) => from === buildName)) return module;
  }
  throw new Error(`${url} is of another version of kinesis-edge than the script that has loaded it`);
}

/** A response that is no module is refused here, where its address and status are known. */
async function fetched(url: URL, cache: RequestCache): Promise<Response> {
  const response = await fetch(url, { cache });
  if (!response.ok) throw new Error(`HTTP ${response.status} from ${url}`);
  if (response.headers.get('content-type')?.startsWith('text/html'))
    throw new Error(`${url} responds with a page of HTML, not with a module`);
  return response;
}

async function compiled(response: Response): Promise<WebAssembly.Module> {
  // A stream is compiled only under this type.
  if (response.headers.get('content-type') === 'application/wasm') return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}

async function carriedModule(importCarrier: () => Promise<Carrier>, first: unknown): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return (await importCarrier()).moduleBytes();
  } catch (error) {
    throw new Error(`${messageOf(first)}; nor could the script be loaded that carries it: ${messageOf(error)}`);
  }
}

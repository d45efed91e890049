import { isRefusedByPolicy } from './content-policy.js';
import { messageOf } from './error.js';
import { inTime } from './in-time.js';

/** A script that has a WebAssembly module in it, as text. */
type EmbeddedModule = { moduleBytes(): Uint8Array<ArrayBuffer> };

declare global {
  interface ImportMeta {
    /**
     * Set by Vite. A build of Vite always takes the `.wasm` file along, and its versions up to 7 refuse a web
     * worker with a second chunk, so a production build leaves that script out.
     */
    readonly env?: { readonly PROD?: boolean };
  }
}

/**
 * Loads the module of a page: the `.wasm` file beside the script, compiled while it arrives. If that fails, loads the
 * same module from a script that has it as text: a bundler may have left the file out, a server may respond with
 * something else, or a cache with the file of another version.
 * @param buildName the build of the glue, by which a module of another version is noticed
 * @param locate returns the file's address; it throws in a script that has no address, such as an IIFE
 * @param importEmbedded imports the script with the text: a bundler makes it a chunk that is loaded only then. Where it
 *   is missing, the file is the only source
 */
export async function fetchModule(
  buildName: string,
  locate: () => URL,
  importEmbedded: (() => Promise<EmbeddedModule>) | undefined,
): Promise<WebAssembly.Module | Uint8Array<ArrayBuffer>> {
  try {
    return await inTime(ownModule(buildName, locate()), FILE_MS_MAX, () => {
      throw new Error(`no response within ${FILE_MS_MAX} ms`);
    });
  } catch (error) {
    // No other source helps where the page may run no WebAssembly.
    if (!importEmbedded || isRefusedByPolicy(error)) throw error;
    return embeddedModule(importEmbedded, error);
  }
}

/** Fetches the file. If the cache has the file of another version of the package, fetches it again past the cache. */
async function ownModule(buildName: string, url: URL): Promise<WebAssembly.Module> {
  for (const cache of ['default', 'reload'] as const) {
    const module = await compiled(await fetched(url, cache));
    if (WebAssembly.Module.imports(module).some(({ module: from }) => from === buildName)) return module;
  }
  throw new Error(`${url} is of another version of kinesis-edge than the script that has loaded it`);
}

/** Fetches the file. Refuses a response that is no module, because its address and status are known only here. */
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

async function embeddedModule(
  importEmbedded: () => Promise<EmbeddedModule>,
  first: unknown,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return (await importEmbedded()).moduleBytes();
  } catch (error) {
    throw new Error(`${messageOf(first)}; nor could the script be loaded that carries it: ${messageOf(error)}`);
  }
}

/** After this time of waiting for the file, the script with the text is loaded. */
const FILE_MS_MAX = 30_000;

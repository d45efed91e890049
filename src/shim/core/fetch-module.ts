/** Fetches a `.wasm` file. A response that is no module is refused here, where its address and status are known. */
export async function fetchModule(url: URL): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`HTTP ${response.status} from ${url}`);
  if (response.headers.get('content-type')?.startsWith('text/html'))
    throw new Error(`${url} answers with a page of HTML, not with a module`);
  return response;
}

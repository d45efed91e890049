import { put } from '../../lib/put.js';

export async function GET({ url }) {
  await put(Object.fromEntries(url.searchParams));
  return new Response('put');
}

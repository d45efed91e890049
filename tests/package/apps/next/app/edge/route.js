import { put } from '../put.js';

export const runtime = 'edge';

export async function GET(request) {
  await put(Object.fromEntries(new URL(request.url).searchParams));
  return new Response('put');
}

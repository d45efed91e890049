// A Worker on Cloudflare's runtime: the query says where to put what.
import { put } from './put.js';

export default {
  async fetch(request) {
    const { endpoint, text } = Object.fromEntries(new URL(request.url).searchParams);
    try {
      await put({ endpoint, text });
      return new Response('put');
    } catch (error) {
      return new Response(String(error.stack), { status: 500 });
    }
  },
};

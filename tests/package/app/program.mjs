import { put } from './put.js';

const [endpoint, text] = (globalThis.Deno?.args ?? process.argv.slice(2));
await put({ endpoint, text });

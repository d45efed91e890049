// Preloaded before a block of code: what it sends to AWS's Kinesis goes to the embedded one. The block stays as it is.
import { toKinesis } from './route.mjs';

const { fetch } = globalThis;
globalThis.fetch = (input, init) => fetch(toKinesis(input, process.env.KINESIS_ENDPOINT), init);

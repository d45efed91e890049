// The suite in a Worker whose `fetch` waits.
import { wrapFetch } from './wrapped-fetch.js';

wrapFetch();
// Imported here: the package must find the wrapped `fetch` when it is evaluated.
const { default: worker } = await import('./worker.js');

export default worker;

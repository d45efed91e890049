/** The bare collector: platforms' entries load the module and hand this on. */
export { createCollector } from '../collector/worker.js';

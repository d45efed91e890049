// The suite in a Durable Object whose `fetch` waits.
import worker from './worker-wrapped.js';

export class Suite {
  fetch(request) {
    return worker.fetch(request);
  }
}

export default {
  fetch(request, { SUITE }) {
    return SUITE.get(SUITE.idFromName('suite')).fetch(request);
  },
};

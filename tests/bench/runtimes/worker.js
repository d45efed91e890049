// The cases in a Worker: a request runs one, or one round against the embedded Kinesis.
import { runCase } from '../cases/index.js';
import { produce } from '../produce/contestants.js';

export default {
  async fetch(request) {
    const { name, timing, round } = await request.json();
    return Response.json(name ? await runCase(name, {}, timing) : await produce(round));
  },
};

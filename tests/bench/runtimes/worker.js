// The cases in a Worker: a request runs one, or one round against the embedded Kinesis.
import { runCase } from '../cases/index.js';
import { produce } from '../produce/contestants.js';

export default {
  async fetch(request, env) {
    const { name, timing, round } = await request.json();
    // The runner brings the clock where it has one.
    const processorTime = env.CLOCK && (async () => Number(await (await env.CLOCK.fetch('http://clock/')).text()));
    return Response.json(name ? await runCase(name, { processorTime }, timing) : await produce(round));
  },
};

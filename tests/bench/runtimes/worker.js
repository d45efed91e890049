// The cases in a Worker: a request runs one.
import { runCase } from '../cases/index.js';

export default {
  async fetch(request) {
    const { name, timing } = await request.json();
    return Response.json(await runCase(name, {}, timing));
  },
};

// A Worker that answers 202 when Kinesis has stored the events: by one producer of the isolate, or by that of a Durable Object.
import { DurableObject } from 'cloudflare:workers';
import { Producer } from 'kinesis-edge';

let shared;

export class Producing extends DurableObject {
  #producer;

  fetch(request) {
    this.#producer ??= producerFor(this.env);
    return take(request, this.#producer);
  }
}

export default {
  fetch(request, env) {
    if (new URL(request.url).pathname === '/object') return env.PRODUCING.get(env.PRODUCING.idFromName('one')).fetch(request);
    shared ??= producerFor(env);
    return take(request, shared);
  },
};

function producerFor(env) {
  const credentials = { accessKeyId: 'COLLECTOR', secretAccessKey: 'the-secret-of-the-stream' };
  return new Producer({ region: 'us-east-1', endpoint: env.KINESIS, streamName: env.STREAM, credentials, ...env.OPTIONS });
}

async function take(request, producer) {
  const events = await request.json();
  try {
    await Promise.all(events.map((event) => producer.put(event, { partitionKey: event.anonymousId })));
  } catch (error) {
    return new Response(error.message, { status: 503 });
  }
  return Response.json({ accepted: events.length }, { status: 202 });
}

// A Durable Object for each room, with a producer of its own: the messages of a room are in the stream in the order in which they were said,
// because one object says them all, under one partition key.
import { DurableObject } from 'cloudflare:workers';
import { Producer } from 'kinesis-edge';

export class Room extends DurableObject {
  #producer;
  #messages = 0;

  constructor(ctx, env) {
    super(ctx, env);
    this.#producer = new Producer({
      region: env.AWS_REGION,
      credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
      endpoint: env.AWS_ENDPOINT_URL_KINESIS || undefined,
      streamName: 'clicks',
      ordering: 'key',
    });
  }

  /** Resolves when Kinesis has the message. */
  async say(room, text) {
    this.#messages += 1;
    const { sequenceNumber } = await this.#producer.put({ room, number: this.#messages, text }, { partitionKey: room });
    return { sequenceNumber };
  }
}

export default {
  async fetch(request, env) {
    if (request.method !== 'POST') return new Response('POST a message to /ROOM\n', { status: 405 });
    const room = new URL(request.url).pathname.slice(1) || 'lobby';
    return Response.json(await env.ROOMS.getByName(room).say(room, await request.text()));
  },
};

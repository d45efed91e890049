// A route handler in the edge runtime of Next.js.
import { Producer } from 'kinesis-edge';

export const runtime = 'edge';

let producer;

export async function POST(request) {
  producer ??= new Producer({
    region: process.env.AWS_REGION,
    credentials: { accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY },
    endpoint: process.env.AWS_ENDPOINT_URL_KINESIS,
    streamName: 'clicks',
  });
  const { shardId } = await producer.put(await request.json());
  return Response.json({ shardId }, { status: 202 });
}

// A route handler in Node: the collector of the site's own events. Region, keys and endpoint are those of the environment.
import { after } from 'next/server';
import { createCollector } from 'kinesis-edge/collector';

const collector = createCollector(() => ({
  streamName: 'clicks',
  allowedOrigins: process.env.NODE_ENV === 'production' ? ['https://www.example.com'] : '*',
}));

export const POST = (request) => collector.fetch(request, {}, { waitUntil: (promise) => after(promise) });

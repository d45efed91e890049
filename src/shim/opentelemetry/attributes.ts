import type { Attributes } from '@opentelemetry/api';
import type { TargetFacts } from '../core/observation.js';

/** The attributes by which metrics and spans name their client or producer, by OpenTelemetry's semantic conventions. */
export interface TargetAttributes {
  /** Such as `producer-1`: it differs between two of one stream in a process. */
  clientId: string;
  /** The stream, region and endpoint, as far as they are known. */
  target: Attributes;
}

export function attributesOf(facts: TargetFacts, clientId: string): TargetAttributes {
  const { region, endpoint } = facts;
  const streamName = streamNameOf(facts);
  const target: Attributes = {
    'messaging.system.name': 'aws.kinesis',
    'cloud.region': region,
    ...(streamName !== undefined && { 'messaging.destination.name': streamName }),
    ...(endpoint !== undefined && serverOf(endpoint)),
  };
  return { clientId, target };
}

/** A client names the stream with each call: it is not known here. */
function streamNameOf({ streamName, streamARN }: TargetFacts): string | undefined {
  return streamName ?? streamARN?.slice(streamARN.lastIndexOf('/') + 1);
}

function serverOf(endpoint: string): Attributes {
  const { hostname, port, protocol } = new URL(endpoint);
  const fallback = protocol === 'http:' ? 80 : 443;
  return { 'server.address': hostname, 'server.port': port === '' ? fallback : Number(port) };
}

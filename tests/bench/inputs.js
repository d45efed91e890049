// What every contestant is given. Runs in every runtime.
export const REGION = 'us-east-1';
export const STREAM = 'clicks';
export const CREDENTIALS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
export const ENDPOINT = `https://kinesis.${REGION}.amazonaws.com/`;

/** Bytes of JSON text, as events are: `length` of them. */
export function event(index, length = 200) {
  const start = `{"type":"track","event":"click","messageId":"${String(index).padStart(12, '0')}","anonymousId":"${keyOf(index)}","path":"/`;
  return new TextEncoder().encode(`${start.padEnd(length - 2, 'abcdefghij')}"}`);
}

export function keyOf(index) {
  return `visitor-${String(index % 1000).padStart(8, '0')}`;
}

/** The entries of a PutRecords. */
export function entries(count, length = 200) {
  return Array.from({ length: count }, (_, index) => ({ Data: event(index, length), PartitionKey: keyOf(index) }));
}

/** The address of the embedded Kinesis in place of AWS's. Any other address is refused: a test sends nothing outside. */
export function toKinesis(input, endpoint) {
  const { hostname, pathname, search } = new URL(input);
  if (!/^kinesis\.[\w-]+\.amazonaws\.com$/.test(hostname)) throw new Error(`a block of code sends to ${hostname}`);
  return new URL(pathname + search, endpoint);
}

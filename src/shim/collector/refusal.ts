/** Thrown to refuse a request. The reason is the collector's own text and repeats nothing of the request. */
export class Refusal {
  declare readonly status: number;
  declare readonly reason: string;
  declare readonly headers: Record<string, string>;

  constructor(status: number, reason: string, headers: Record<string, string> = {}) {
    this.status = status;
    this.reason = reason;
    this.headers = headers;
  }
}

/** There is no capacity now: the client may repeat the request. */
export function serviceUnavailable(reason: string): Refusal {
  return new Refusal(503, `${reason}: send the same again later`, { 'retry-after': '5' });
}

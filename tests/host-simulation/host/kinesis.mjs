// A Kinesis that takes the real requests, in JSON and CBOR: it checks signatures and limits, and stores what it is sent.
import { md5 } from './aggregate.mjs';
import { decodeCbor, encodeCbor } from './cbor.mjs';
import { Violation } from './scheduler.mjs';
import { problemOfSignature } from './sigv4.mjs';

export const STREAM = 'stream';
const MIB = 1_048_576;
const FIVE_MINUTES_MS = 300_000;
const EXPIRED = 'ExpiredTokenException';
const SPACE = 2n ** 128n;

export class Kinesis {
  #scheduler;
  #shards;
  /** Secrets, tokens and ends of access keys. */
  #keys = new Map();
  /** Each entry that was stored, by `shard/number`. */
  stored = new Map();
  #sequence = 0;

  constructor(scheduler, { shards = 3, page = 2 } = {}) {
    this.#scheduler = scheduler;
    this.page = page;
    this.#shards = Array.from({ length: shards }, (_, index) => ({
      id: `shardId-${String(index).padStart(12, '0')}`,
      start: (SPACE * BigInt(index)) / BigInt(shards),
      end: (SPACE * BigInt(index + 1)) / BigInt(shards) - 1n,
    }));
  }

  /** Issues credentials for `owner`, whose requests alone may have them. */
  issue(owner, lifeMs = Infinity) {
    const number = this.#keys.size + 1;
    const endsAt = this.#scheduler.now + lifeMs;
    const keys = { accessKeyId: `AKIA${String(number).padStart(16, '0')}`, secretAccessKey: `secret-of-${number}`, sessionToken: lifeMs === Infinity ? undefined : `token-of-${number}` };
    this.#keys.set(keys.accessKeyId, { ...keys, endsAt, owner });
    return { ...keys, expiration: lifeMs === Infinity ? undefined : endsAt };
  }

  /** Every secret that there is: none may appear where people look. */
  secrets() {
    return [...this.#keys.values()].flatMap(({ secretAccessKey, sessionToken }) => [secretAccessKey, sessionToken ?? []].flat());
  }

  /**
   * Executes a request.
   * @param faultOf the error code of an entry that is to fail, by its index
   * @returns the response, and `placed`: the entries that were stored, or `expired`: the access key that has expired
   */
  handle(request, faultOf = () => undefined) {
    const problem = problemOfSignature(request, (id) => this.#keys.get(id)?.secretAccessKey);
    if (problem) throw new Violation(`a request is wrong: ${problem}`);
    const { headers } = request;
    const isCbor = headers['content-type'] === 'application/x-amz-cbor-1.1';
    const refusal = this.#refusalOf(headers);
    if (refusal) return { ...answer(400, refusal, isCbor), ...(refusal.__type === EXPIRED && { expired: accessKeyOf(request) }) };
    const operation = /^Kinesis_20131202\.(\w+)$/.exec(headers['x-amz-target'])?.[1];
    const input = read(request.body, isCbor);
    if (operation === 'PutRecords') return this.#putRecords(input, isCbor, faultOf);
    if (operation === 'PutRecord') return this.#putRecord(input, isCbor, faultOf);
    if (operation === 'ListShards') return answer(200, this.#listShards(input), isCbor);
    throw new Violation(`an operation that nobody asked for: ${operation}`);
  }

  /** Whose credentials a request has. */
  ownerOf(request) {
    return this.#keys.get(accessKeyOf(request))?.owner;
  }

  #refusalOf(headers) {
    const keys = this.#keys.get(accessKeyOf({ headers }));
    if (keys.sessionToken !== headers['x-amz-security-token']) throw new Violation('a request has a token of other keys');
    const { now } = this.#scheduler;
    if (now >= keys.endsAt) return { __type: EXPIRED, message: 'The security token included in the request is expired' };
    const signed = headers['x-amz-date'];
    const [least, most] = [amzDate(now - FIVE_MINUTES_MS), amzDate(now + FIVE_MINUTES_MS)];
    if (signed < least) return { __type: 'InvalidSignatureException', message: `Signature expired: ${signed} is now earlier than ${least} (${amzDate(now)} - 5 min.)` };
    if (signed > most) return { __type: 'InvalidSignatureException', message: `Signature not yet current: ${signed} is still later than ${most} (${amzDate(now)} + 5 min.)` };
    return undefined;
  }

  #putRecords({ StreamName, Records }, isCbor, faultOf) {
    if (StreamName !== STREAM) throw new Violation(`a request for the stream ${StreamName}`);
    if (!(Records?.length >= 1 && Records.length <= 500)) throw new Violation(`a request of ${Records?.length} records`);
    const bytes = Records.reduce((sum, record) => sum + sizeOf(record), 0);
    if (bytes > 5 * MIB) throw new Violation(`a request of ${bytes} bytes`);
    const placed = [];
    const results = Records.map((record, index) => {
      const code = faultOf(index);
      if (code) return { ErrorCode: code, ErrorMessage: 'failed' };
      const place = this.#store(record);
      placed.push({ index, ...place });
      return { ShardId: place.shardId, SequenceNumber: place.sequenceNumber };
    });
    return { ...answer(200, { FailedRecordCount: Records.length - placed.length, Records: results }, isCbor), placed, entries: Records };
  }

  #putRecord({ StreamName, ...record }, isCbor, faultOf) {
    if (StreamName !== STREAM) throw new Violation(`a request for the stream ${StreamName}`);
    const code = faultOf(0);
    if (code) return answer(400, { __type: code, message: 'failed' }, isCbor);
    const place = this.#store(record);
    return { ...answer(200, { ShardId: place.shardId, SequenceNumber: place.sequenceNumber }, isCbor), placed: [{ index: 0, ...place }], entries: [record] };
  }

  #store(record) {
    const { Data, PartitionKey, ExplicitHashKey } = record;
    if (sizeOf(record) > MIB) throw new Violation(`a record of ${sizeOf(record)} bytes`);
    if (typeof PartitionKey !== 'string' || PartitionKey === '' || [...PartitionKey].length > 256) throw new Violation('a partition key past its limits');
    const hash = ExplicitHashKey === undefined ? BigInt(`0x${md5(PartitionKey).toString('hex')}`) : BigInt(ExplicitHashKey);
    const shard = this.#shards.find(({ start, end }) => start <= hash && hash <= end);
    const sequenceNumber = String(4_958_000_000_000 + (this.#sequence += 1));
    const place = { shardId: shard.id, sequenceNumber };
    this.stored.set(`${shard.id}/${sequenceNumber}`, { Data, PartitionKey, sequence: this.#sequence });
    return place;
  }

  #listShards({ StreamName, NextToken }) {
    if ((StreamName === undefined) === (NextToken === undefined)) throw new Violation('ListShards needs either a stream or a token');
    const from = Number(NextToken ?? 0);
    const to = Math.min(from + this.page, this.#shards.length);
    return {
      Shards: this.#shards.slice(from, to).map(({ id, start, end }) => ({ ShardId: id, HashKeyRange: { StartingHashKey: String(start), EndingHashKey: String(end) }, SequenceNumberRange: { StartingSequenceNumber: '1' } })),
      ...(to < this.#shards.length && { NextToken: String(to) }),
    };
  }
}

/** The access key that a request is signed with, if it is. */
export function accessKeyOf({ headers }) {
  return /Credential=([^/]+)/.exec(headers.authorization)?.[1];
}

/** The input of an operation. */
export function read(body, isCbor) {
  if (isCbor) return decodeCbor(body);
  const input = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  const decode = (record) => ({ ...record, Data: Buffer.from(record.Data, 'base64') });
  if (input.Data !== undefined) return decode(input);
  return input.Records ? { ...input, Records: input.Records.map(decode) } : input;
}

function sizeOf({ Data, PartitionKey }) {
  return Data.length + Buffer.byteLength(PartitionKey);
}

export function answer(status, body, isCbor) {
  const bytes = isCbor ? encodeCbor(body) : Buffer.from(JSON.stringify(body));
  return { status, headers: { 'content-type': `application/x-amz-${isCbor ? 'cbor' : 'json'}-1.1`, 'x-amzn-requestid': 'request' }, body: bytes, placed: [], entries: [] };
}

function amzDate(ms) {
  return `${new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '')}`;
}

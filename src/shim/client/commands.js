/**
 * The AWS SDK's form of a call: `client.send(new PutRecordCommand({ … }))`.
 * @template {object} Input
 */
class Command {
  /** @param {Input} input */
  constructor(input) {
    this.input = input;
  }
}

/**
 * @typedef {import('../types/types.js').CallOptions} CallOptions
 * @typedef {import('./client.js').KinesisClient} Client
 */

/** @extends {Command<import('../types/types.js').PutRecordInput>} */
export class PutRecordCommand extends Command {
  /** @param {Client} client @param {import('../types/types.js').PutRecordInput} input @param {CallOptions} [options] */
  static run(client, input, options) {
    return client.putRecord(input, options);
  }
}

/** @extends {Command<import('../types/types.js').PutRecordsInput>} */
export class PutRecordsCommand extends Command {
  /** @param {Client} client @param {import('../types/types.js').PutRecordsInput} input @param {CallOptions} [options] */
  static run(client, input, options) {
    return client.putRecords(input, options);
  }
}

/** @extends {Command<import('../types/types.js').StreamInput>} */
export class ListShardsCommand extends Command {
  /** @param {Client} client @param {import('../types/types.js').StreamInput} input @param {CallOptions} [options] */
  static run(client, input, options) {
    return client.listShards(input, options);
  }
}

/** @extends {Command<import('../types/types.js').StreamInput>} */
export class DescribeStreamSummaryCommand extends Command {
  /** @param {Client} client @param {import('../types/types.js').StreamInput} input @param {CallOptions} [options] */
  static run(client, input, options) {
    return client.describeStreamSummary(input, options);
  }
}

/** A Lambda event of a Kinesis event source: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
export interface KinesisEventBatch {
  /** Each a `KinesisStreamRecord`, as `@types/aws-lambda` calls it. */
  Records: object[];
}

/** A user record of a Lambda event: a Kinesis record, or one of those inside an aggregate. */
export interface LambdaRecord {
  partitionKey: string;
  explicitHashKey?: string;
  data: Uint8Array;
  /** The sequence number of the Kinesis record, which all user records of an aggregate share. */
  sequenceNumber: string;
  /** Its place in the aggregate, from 0. */
  subSequenceNumber: number;
  /** The `eventID` of the Kinesis record: its shard and its sequence number. */
  eventId: string;
}

/** What a function with `ReportBatchItemFailures` returns. */
export interface BatchResponse {
  /** Empty where all is done. Otherwise Lambda delivers the batch again from this sequence number on. */
  batchItemFailures: { itemIdentifier: string }[];
}

export interface ProcessOptions {
  /** Drops records that this function instance has handled already, by the `messageId` of their JSON. */
  recentMessages?: RecentMessageIds;
  /** Called with what `handle`, or a function of `recentMessages`, has thrown. @default it is written to the console */
  onError?: (error: unknown, record: LambdaRecord) => void;
}

/** Ids of messages that were handled: in memory, or in a database whose promises are awaited. */
export interface RecentMessageIds {
  has(id: string): boolean | Promise<boolean>;
  add(id: string): unknown;
}

/** An event as the stream receives it. */
export interface AcceptedEvent {
  /** One line of JSON with its newline. */
  data: string;
  /** The visitor's `anonymousId`. Without one the record gets a random key. */
  partitionKey: string | undefined;
}

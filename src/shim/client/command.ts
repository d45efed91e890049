/** A call in the form of the AWS SDK v3. */
export interface Command<Output> {
  readonly input: object;
  /** Ties the command to its result; never there at run time. */
  readonly output?: Output;
}

/** The AWS SDK's form of a call: `client.send(new PutRecordCommand({ … }))`. */
export class InputCommand<Input extends object, Output> implements Command<Output> {
  readonly input: Input;
  declare readonly output?: Output;

  constructor(input: Input) {
    this.input = input;
  }
}

import { KinesisError } from '../core/error.js';

/** The input of the constructors below, for tests that make an exception themselves. */
export interface ExceptionInput {
  message: string;
}

/** An error that Kinesis has responded with: base of the classes below, as in the AWS SDK. */
export interface KinesisServiceException extends KinesisError {
  readonly code: 'ERR_SERVICE';
}

/**
 * A class for `instanceof`: every {@link KinesisError} with AWS's name of the exception is an instance.
 * @example
 * await client.putRecord(input).catch((error) => {
 *   if (!(error instanceof ResourceNotFoundException)) throw error;
 * });
 */
export interface ExceptionClass<Name extends string> {
  new (input: ExceptionInput): KinesisServiceException & { readonly name: Name };
  readonly prototype: KinesisServiceException & { readonly name: Name };
}

function exceptionClass<Name extends string>(name: Name): ExceptionClass<Name> {
  function Exception({ message }: ExceptionInput): KinesisError {
    return new KinesisError('ERR_SERVICE', message, { name });
  }
  // The client makes plain KinesisErrors, so that a bundle has only the classes that it imports.
  const isInstance = (error: unknown) => error instanceof KinesisError && error.name === name;
  Object.defineProperties(Exception, { name: { value: name }, [Symbol.hasInstance]: { value: isInstance } });
  return Exception as unknown as ExceptionClass<Name>;
}

export const AccessDeniedException = /* @__PURE__ */ exceptionClass('AccessDeniedException');
export const ExpiredIteratorException = /* @__PURE__ */ exceptionClass('ExpiredIteratorException');
export const ExpiredNextTokenException = /* @__PURE__ */ exceptionClass('ExpiredNextTokenException');
export const InternalFailureException = /* @__PURE__ */ exceptionClass('InternalFailureException');
export const InvalidArgumentException = /* @__PURE__ */ exceptionClass('InvalidArgumentException');
export const KMSAccessDeniedException = /* @__PURE__ */ exceptionClass('KMSAccessDeniedException');
export const KMSDisabledException = /* @__PURE__ */ exceptionClass('KMSDisabledException');
export const KMSInvalidStateException = /* @__PURE__ */ exceptionClass('KMSInvalidStateException');
export const KMSNotFoundException = /* @__PURE__ */ exceptionClass('KMSNotFoundException');
export const KMSOptInRequired = /* @__PURE__ */ exceptionClass('KMSOptInRequired');
export const KMSThrottlingException = /* @__PURE__ */ exceptionClass('KMSThrottlingException');
export const LimitExceededException = /* @__PURE__ */ exceptionClass('LimitExceededException');
export const ProvisionedThroughputExceededException = /* @__PURE__ */ exceptionClass(
  'ProvisionedThroughputExceededException',
);
export const ResourceInUseException = /* @__PURE__ */ exceptionClass('ResourceInUseException');
export const ResourceNotFoundException = /* @__PURE__ */ exceptionClass('ResourceNotFoundException');
export const ValidationException = /* @__PURE__ */ exceptionClass('ValidationException');

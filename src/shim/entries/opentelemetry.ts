// kinesis-edge/opentelemetry: metrics and spans of a client or producer. It imports `@opentelemetry/api`, which the
// application installs. The WebAssembly module is not loaded here.
export { instrument, type TelemetryProviders } from '../opentelemetry/instrument.js';

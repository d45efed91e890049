// The shop's own script: makes a tracker, straight to Kinesis or to a collector, and shows it to the test.

export async function start({ kinesis, streamName, collectorUrl, options, producerOptions, accessKeyId = 'PAGE', secretAccessKey = 's', provider, cognito, waits = true, logs = false }) {
  const state = (globalThis.state = { errors: [], violations: [], unhandled: [] });
  addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => state.violations.push(`${violatedDirective}: ${blockedURI}`));
  addEventListener('unhandledrejection', ({ reason }) => state.unhandled.push(String(reason)));
  addEventListener('pageshow', ({ persisted }) => (state.persisted = persisted));
  const onError = ({ code, message }) => state.errors.push(`${code}: ${message}`);
  const logger = logs ? console : undefined;
  const { createTracker } = await import('/dist/tracker.js');
  let producer;
  if (streamName) {
    const { Producer, fromCognitoIdentityPool, ready } = await import('/dist/browser.js');
    if (waits) await ready;
    const credentials = cognito ? fromCognitoIdentityPool({ identityPoolId: 'us-east-1:11111111-2222-3333-4444-555555555555', clientConfig: { endpoint: cognito } }) : (PROVIDERS[provider] ?? { accessKeyId, secretAccessKey });
    producer = new Producer({ region: 'us-east-1', endpoint: kinesis, streamName, credentials, logger, ...producerOptions });
  }
  const beforeSend = options?.beforeSend && BEFORE_SEND[options.beforeSend];
  const tracker = createTracker({ producer, collectorUrl, onError, logger, dropBots: false, ...options, beforeSend });
  Object.assign(globalThis, { tracker, producer });
  state.started = true;
}

/** What the option `beforeSend` names, as functions cannot be sent. */
const BEFORE_SEND = {
  true: (event) => (event.event === 'drop me' ? null : { ...event, properties: { ...event.properties, seen: true } }),
  withdraw: (event) => (globalThis.tracker.consent(false), event),
  // As a page's test sets it.
  global: (event) => globalThis.beforeSend(event),
};

/** What the option `provider` names. */
const PROVIDERS = {
  throws: async () => {
    throw new Error('logged out');
  },
};

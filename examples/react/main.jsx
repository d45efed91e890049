// React with StrictMode. The tracker records page views and clicks by itself, and what components track.
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Producer, fromCognitoIdentityPool } from 'kinesis-edge';
import { TrackerProvider, useTracker } from './tracker.jsx';

const { DEV, AWS_ENDPOINT_URL_KINESIS } = import.meta.env;

/** One object for the life of the page: another one makes another tracker. */
const options = {
  producer: new Producer({
    region: 'us-east-1',
    endpoint: AWS_ENDPOINT_URL_KINESIS, // not set in production: the one of AWS
    // A local stream takes any keys.
    credentials: DEV ? { accessKeyId: 'local', secretAccessKey: 'local' } : fromCognitoIdentityPool({ identityPoolId: 'us-east-1:…' }),
    streamName: 'clicks',
  }),
  dropBots: !DEV, // automated browsers are recorded during development
  onError: console.error,
};

function Cart() {
  const tracker = useTracker();
  const [items, setItems] = useState(0);
  const add = () => {
    setItems(items + 1);
    tracker?.track('added to cart', { items: items + 1 });
  };
  return <button onClick={add}>{items} in the cart</button>;
}

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <TrackerProvider options={options}>
      <Cart />
    </TrackerProvider>
  </StrictMode>,
);

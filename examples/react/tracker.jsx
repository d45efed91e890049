// A provider that holds the tracker of an application, and a hook that gives it to components.
import { createContext, useContext, useEffect, useState } from 'react';
import { createTracker } from 'kinesis-edge/tracker';

const TrackerContext = createContext(undefined);

/** Makes the tracker when the page is there, and closes it with the component: StrictMode does both twice, and no event is sent twice. */
export function TrackerProvider({ options, children }) {
  const [tracker, setTracker] = useState();
  useEffect(() => {
    const made = createTracker(options);
    setTracker(made);
    return () => void made.close();
  }, [options]);
  return <TrackerContext value={tracker}>{children}</TrackerContext>;
}

/** The tracker; `undefined` until the first effects have run, and on a server. */
export function useTracker() {
  return useContext(TrackerContext);
}

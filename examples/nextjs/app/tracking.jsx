'use client';
// A client component: it is rendered on the server too, where its effect does not run. Page views of the App Router follow by themselves.
import { useEffect } from 'react';
import { createTracker } from 'kinesis-edge/tracker';

export function Tracking() {
  useEffect(() => {
    const tracker = createTracker({
      collectorUrl: '/collect',
      dropBots: process.env.NODE_ENV === 'production', // automated browsers are recorded during development
      onError: console.error,
    });
    return () => void tracker.close();
  }, []);
  return null;
}

'use client';
import { useEffect } from 'react';
import { put } from './put.js';

/** In development React runs an effect twice. */
let begun;

export default function Page() {
  useEffect(() => {
    begun ??= put(Object.fromEntries(new URLSearchParams(location.search))).then(
      () => (document.title = 'put'),
      (error) => (document.title = `failed: ${error.stack}`),
    );
  }, []);
  return <p>A page</p>;
}

'use client';
import { useEffect } from 'react';
import { putFromPage } from './put.js';

/** In development React runs an effect twice. */
let begun;

export default function Page() {
  useEffect(() => {
    begun ??= putFromPage();
  }, []);
  return <p>A page</p>;
}

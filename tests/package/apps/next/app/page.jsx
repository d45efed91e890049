'use client';
import { useEffect } from 'react';
import { put } from './put.js';

export default function Page() {
  useEffect(() => {
    put(Object.fromEntries(new URLSearchParams(location.search))).then(
      () => (document.title = 'put'),
      (error) => (document.title = `failed: ${error.stack}`),
    );
  }, []);
  return <p>A page</p>;
}

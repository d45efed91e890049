import { messageOf } from './error.js';

/**
 * Whether a page's Content-Security-Policy forbids WebAssembly. Chromium, Firefox and WebKit each say it in other
 * words. A policy that forbids the request of the file names no WebAssembly.
 */
export function isRefusedByPolicy(error: unknown): boolean {
  const message = messageOf(error);
  return /webassembly/i.test(message) && /content.?security|\bcsp\b|unsafe-eval/i.test(message);
}

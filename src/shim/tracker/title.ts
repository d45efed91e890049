import { documentMember } from './dom.js';

/**
 * Calls `done` when the document has another title, and after 1 s at the latest: single-page applications set the title
 * after the address, often in a later task or when a response is there.
 * @returns ends the wait
 */
export function awaitTitle(done: () => void): () => void {
  const before = documentMember('title');
  const stop = () => {
    observer.disconnect();
    clearTimeout(timer);
  };
  const finish = () => {
    stop();
    done();
  };
  const observer = new MutationObserver(() => {
    // A title that is replaced is empty meanwhile.
    if (documentMember('title') && documentMember('title') !== before) finish();
  });
  const timer = setTimeout(finish, TITLE_MS);
  const head = documentMember('head') ?? documentMember('documentElement');
  observer.observe(head, { childList: true, subtree: true, characterData: true });
  return stop;
}

/** Longest wait for a title, in milliseconds. */
const TITLE_MS = 1000;

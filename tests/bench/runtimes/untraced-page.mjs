/**
 * A page that only evaluates: Playwright has its own pages report each request with its body, which takes them longer than the
 * request itself. It leaves alone those that it has not opened.
 */
export async function openUntracedPage(browser, url) {
  const session = await browser.newBrowserCDPSession();
  const { targetId } = await session.send('Target.createTarget', { url });
  // Not flat: a session of Playwright's knows no sessions within.
  const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: false });
  const waiting = new Map();
  session.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id, result, error } = JSON.parse(message);
    waiting.get(id)?.({ result, error });
    waiting.delete(id);
  });
  let last = 0;
  const send = async (method, params) => {
    last += 1;
    const id = last;
    const answered = new Promise((resolve) => waiting.set(id, resolve));
    await session.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method, params }) });
    const { result, error } = await answered;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  };
  const evaluate = async (work, input) => {
    const expression = `(${work})(${JSON.stringify(input)})`;
    const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  // A page on its way answers for the one before, or not at all.
  const isThere = () => evaluate(() => document.readyState === 'complete' && location.href !== 'about:blank').catch(() => false);
  for (const deadline = Date.now() + OPEN_MS; !(await isThere()); ) {
    if (Date.now() > deadline) throw new Error(`${url} was not loaded within ${OPEN_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { evaluate, close: () => session.send('Target.closeTarget', { targetId }) };
}

const OPEN_MS = 10_000;

/** @typedef {import('./tracker.js').Tell} Tell */

/**
 * Clicks and forms. What people type is never read, and nothing at all under `data-private`.
 * @param {(tell: Tell) => void} track
 * @param {{ clicks: boolean, forms: boolean }} chosen
 * @param {AbortSignal} signal
 */
export function watchClicks(track, { clicks, forms }, signal) {
  const options = { capture: true, signal };
  const click = (/** @type {MouseEvent} */ event) => {
    // The middle button opens a link too; the right one does not.
    const element = event.button < 2 && find(event, CLICKABLE);
    if (!element) return;
    // Now, because a page that hears of the click often writes something else there.
    const text = textOf(element);
    track(() => [element.dataset.track || 'click', describe(element, text)]);
  };
  if (clicks) {
    addEventListener('click', click, options);
    addEventListener('auxclick', click, options);
  }
  if (!forms) return;
  const trackForm = (/** @type {string} */ event, /** @type {HTMLElement} */ form) => {
    const properties = describeForm(form);
    track(() => [event, properties]);
  };
  /** @type {WeakSet<Element>} */
  const begun = new WeakSet();
  addEventListener(
    'focusin',
    (event) => {
      const form = /** @type {any} */ (find(event, FIELDS))?.form;
      if (!form || begun.has(form)) return;
      begun.add(form);
      trackForm('form_start', form);
    },
    options,
  );
  addEventListener(
    'submit',
    (event) => {
      const form = find(event, 'form');
      if (form) trackForm('form_submit', form);
    },
    options,
  );
}

/**
 * The nearest element that matches, also within open shadow roots; none where it is private.
 * @param {Event} event
 * @param {string} selector
 * @returns {HTMLElement | undefined}
 */
function find(event, selector) {
  const path = event.composedPath();
  const matching = (/** @type {string} */ wanted) => path.find((target) => target instanceof Element && target.matches(wanted));
  return matching(PRIVATE) ? undefined : /** @type {HTMLElement | undefined} */ (matching(selector));
}

/**
 * @param {HTMLElement} element
 * @param {string} text
 */
function describe(element, text) {
  /** @type {Record<string, unknown>} */
  const properties = { element: element.localName, id: element.getAttribute('id') || undefined, text: text.replace(/\s+/g, ' ').trim().slice(0, TEXT_MAX) || undefined };
  for (const [name, value] of Object.entries(element.dataset)) {
    // data-track-item-id="7" is trackItemId here, and itemId in the event.
    if (/^track[A-Z]/.test(name)) properties[name.charAt(5).toLowerCase() + name.slice(6)] = value;
  }
  if (element instanceof HTMLAnchorElement && element.href) Object.assign(properties, describeLink(element));
  return properties;
}

/** @param {HTMLAnchorElement} link */
function describeLink(link) {
  // An address of mail or telephone is somebody's.
  if (!/^https?:$/.test(link.protocol)) return { href: link.protocol };
  const isDownload = link.hasAttribute('download') || DOWNLOADS.test(link.pathname);
  return { href: link.href, outbound: link.host !== location.host, download: isDownload };
}

/** @param {HTMLElement} form */
function describeForm(form) {
  // Not `form.id` and its like: a field of that name would stand in its place.
  const of = (/** @type {string} */ name) => form.getAttribute(name) || undefined;
  const { origin, pathname } = new URL(of('action') ?? '', location.href);
  return { id: of('id'), name: of('name'), action: origin + pathname, method: (of('method') ?? 'get').toLowerCase() };
}

/**
 * What is written on an element, without anything private or typed.
 * @param {Node} node
 * @returns {string}
 */
function textOf(node) {
  if (node instanceof Text) return node.data;
  if (!(node instanceof Element) || node.matches(UNREAD)) return '';
  let text = '';
  // Not by arrays, which take three times as long, while the visitor waits.
  for (let child = node.firstChild; child; child = child.nextSibling) text += textOf(child);
  return text;
}

const PRIVATE = '[data-private]';
const CLICKABLE = 'a[href],button,summary,[role=button],[role=link],[type=submit],[type=button],[type=image],[data-track]';
const FIELDS = 'input,select,textarea';
const UNREAD = '[data-private],input,textarea,select,script,style,[contenteditable]:not([contenteditable=false])';
const DOWNLOADS = /\.(zip|t?gz|7z|rar|tar|exe|msi|dmg|pkg|deb|apk|iso|pdf|docx?|xlsx?|pptx?|csv|txt|mp[34]|epub)$/i;
const TEXT_MAX = 100;

/**
 * Clicks and forms. What people type is never read, and nothing at all under `data-private`.
 * @param {(event: string, properties: Record<string, unknown>) => void} track
 * @param {{ clicks: boolean, forms: boolean }} chosen
 * @param {AbortSignal} signal
 */
export function watchClicks(track, { clicks, forms }, signal) {
  const options = { capture: true, signal };
  const click = (/** @type {Event} */ event) => {
    const element = find(event, CLICKABLE);
    if (element) track(element.dataset.track || 'click', describe(element));
  };
  if (clicks) {
    addEventListener('click', click, options);
    // The middle button opens a link too.
    addEventListener('auxclick', (event) => event.button === 1 && click(event), options);
  }
  if (!forms) return;
  /** @type {WeakSet<Element>} */
  const begun = new WeakSet();
  addEventListener(
    'focusin',
    (event) => {
      const form = /** @type {any} */ (find(event, FIELDS))?.form;
      if (!form || begun.has(form)) return;
      begun.add(form);
      track('form_start', describeForm(form));
    },
    options,
  );
  addEventListener(
    'submit',
    (event) => {
      const form = find(event, 'form');
      if (form) track('form_submit', describeForm(/** @type {HTMLFormElement} */ (form)));
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
  const path = /** @type {HTMLElement[]} */ (event.composedPath().filter((target) => target instanceof Element));
  if (path.some((element) => element.matches(PRIVATE))) return undefined;
  return path.find((element) => element.matches(selector));
}

/** @param {HTMLElement} element */
function describe(element) {
  /** @type {Record<string, unknown>} */
  const properties = { element: element.localName, id: element.id || undefined, text: textOf(element).replace(/\s+/g, ' ').trim().slice(0, TEXT_MAX) || undefined };
  // By names, as to go through a dataset takes as long as all the rest.
  for (const name of element.getAttributeNames()) {
    // data-track-item-id="7": itemId
    if (/^data-track-[a-z]/.test(name)) properties[name.slice(11).replace(/-([a-z])/g, (_, letter) => letter.toUpperCase())] = element.getAttribute(name);
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

/** @param {HTMLFormElement} form */
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
  if (node.nodeType === Node.TEXT_NODE) return node.nodeValue ?? '';
  if (!(node instanceof Element) || node.matches(UNREAD)) return '';
  return [...node.childNodes].map(textOf).join('');
}

const PRIVATE = '[data-private]';
const CLICKABLE = 'a[href],button,summary,[role=button],[role=link],[type=submit],[type=button],[type=image],[data-track]';
const FIELDS = 'input,select,textarea';
const UNREAD = '[data-private],input,textarea,select,script,style,[contenteditable]:not([contenteditable=false])';
const DOWNLOADS = /\.(zip|t?gz|7z|rar|tar|exe|msi|dmg|pkg|deb|apk|iso|pdf|docx?|xlsx?|pptx?|csv|txt|mp[34]|epub)$/i;
const TEXT_MAX = 100;

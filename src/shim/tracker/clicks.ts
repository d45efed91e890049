import { parseUrl } from '../core/checks.js';
import { attributeOf, matches, documentMember, elementMember } from './dom.js';
import { findElement, nameOf } from './elements.js';
import type { LazyEvent, Properties } from './pending-event.js';
import { cutWords } from './text.js';

/** Tracks clicks on links, buttons and elements with `data-track`, except within `data-private`. */
export function watchClicks(track: (event: LazyEvent) => void, signal: AbortSignal): void {
  let label: Element | undefined;
  const click = (event: Event) => {
    // The middle button opens a link too; the right one does not.
    const element = (event as MouseEvent).button < 2 ? findElement(event, isClickable) : undefined;
    // A click on a label makes another on its field at once, which the label gets too where the field is within it.
    if (!element || element === label) return;
    if (elementMember(element, 'localName') === 'label') {
      label = element;
      setTimeout(() => (label = undefined));
    }
    const url = linkOf(element);
    // At once, because a page often replaces the text at a click. Texts of addresses of mail and telephone are
    // personal.
    const text = url && !isWeb(url) ? '' : nameOf(element);
    track(() => [attributeOf(element, 'data-track') || 'click', describeElement(element, text, url)]);
  };
  for (const type of ['click', 'auxclick']) addEventListener(type, click, { capture: true, signal });
}

function describeElement(element: Element, text: string, url: URL | undefined): Properties {
  const properties: Properties = {
    element: elementMember(element, 'localName'),
    id: attributeOf(element, 'id') || undefined,
    text: cutWords(text.replace(/\s+/g, ' ').trim(), TEXT_LENGTH_MAX) || undefined,
  };
  for (const name of Element.prototype.getAttributeNames.call(element)) {
    // data-track-item-id="7" is itemId in the event.
    const key = /^data-track-(.+)/.exec(name)?.[1]?.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase());
    if (key) properties[key] = attributeOf(element, name);
  }
  if (url) Object.assign(properties, describeLink(url, element));
  return properties;
}

function describeLink(url: URL, element: Element): Properties {
  if (!isWeb(url)) return { href: url.protocol };
  const isDownload = attributeOf(element, 'download') !== null || DOWNLOADS.test(url.pathname);
  return { href: url.href, outbound: url.host !== location.host, download: isDownload };
}

function isClickable(element: Element): boolean {
  return matches(element, CLICKABLE) || hrefOf(element) !== null;
}

/** Where a link leads. */
function linkOf(element: Element): URL | undefined {
  const href = hrefOf(element);
  return href === null ? undefined : parseUrl(href, documentMember('baseURI'));
}

/** The address of a link, also of one in an SVG. No selector finds those: happy-dom refuses `a[*|href]`. */
function hrefOf(element: Element): string | null {
  if (elementMember(element, 'localName') !== 'a') return null;
  return attributeOf(element, 'href') ?? attributeOf(element, 'xlink:href');
}

function isWeb({ protocol }: URL): boolean {
  return /^https?:$/.test(protocol);
}

/** Links are not among them: see `hrefOf`. */
const CLICKABLE = 'button,summary,[role=button],[role=link],[type=submit],[type=button],[type=image],[data-track]';
const DOWNLOADS = /\.(zip|t?gz|7z|rar|tar|exe|msi|dmg|pkg|deb|apk|iso|pdf|docx?|xlsx?|pptx?|csv|txt|mp[34]|epub)$/i;
/** Characters of an element's text that are sent. */
const TEXT_LENGTH_MAX = 100;

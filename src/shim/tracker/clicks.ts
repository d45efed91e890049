import { findElement, textOf } from './elements.js';
import type { LazyEvent, Properties } from './pending-event.js';

/** Tracks clicks on links, buttons and elements with `data-track`, except within `data-private`. */
export function watchClicks(track: (event: LazyEvent) => void, signal: AbortSignal): void {
  const click = (event: Event) => {
    // The middle button opens a link too; the right one does not.
    const element = (event as MouseEvent).button < 2 && findElement(event, CLICKABLE);
    if (!element) return;
    // At once, because a page often replaces the text at a click.
    const text = textOf(element);
    track(() => [element.dataset.track || 'click', describeElement(element, text)]);
  };
  for (const type of ['click', 'auxclick']) addEventListener(type, click, { capture: true, signal });
}

function describeElement(element: HTMLElement, text: string): Properties {
  const properties: Properties = {
    element: element.localName,
    id: element.getAttribute('id') || undefined,
    text: text.replace(/\s+/g, ' ').trim().slice(0, TEXT_LENGTH_MAX) || undefined,
  };
  for (const [name, value] of Object.entries(element.dataset)) {
    // data-track-item-id="7" is trackItemId here, and itemId in the event.
    if (/^track[A-Z]/.test(name)) properties[name.charAt(5).toLowerCase() + name.slice(6)] = value;
  }
  if (element instanceof HTMLAnchorElement && element.href) Object.assign(properties, describeLink(element));
  return properties;
}

function describeLink(link: HTMLAnchorElement): Properties {
  // Addresses of mail and telephone are personal.
  if (!/^https?:$/.test(link.protocol)) return { href: link.protocol };
  const isDownload = link.hasAttribute('download') || DOWNLOADS.test(link.pathname);
  return { href: link.href, outbound: link.host !== location.host, download: isDownload };
}

const CLICKABLE =
  'a[href],button,summary,[role=button],[role=link],[type=submit],[type=button],[type=image],[data-track]';
const DOWNLOADS = /\.(zip|t?gz|7z|rar|tar|exe|msi|dmg|pkg|deb|apk|iso|pdf|docx?|xlsx?|pptx?|csv|txt|mp[34]|epub)$/i;
/** Characters of an element's text that are sent. */
const TEXT_LENGTH_MAX = 100;

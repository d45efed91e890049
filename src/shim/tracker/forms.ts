import { parseUrl } from '../core/checks.js';
import { attributeOf, matches, documentMember } from './dom.js';
import { findElement } from './elements.js';
import type { LazyEvent, Properties } from './pending-event.js';

/**
 * Tracks the first focus of a form's fields and its submission, except within `data-private`. Values of fields are
 * never read.
 */
export function watchForms(track: (event: LazyEvent) => void, signal: AbortSignal): void {
  const options = { capture: true, signal };
  const started = new WeakSet<Element>();
  const trackForm = (name: string, form: Element) => {
    const properties = describeForm(form);
    track(() => [name, properties]);
  };
  addEventListener(
    'focusin',
    (event) => {
      const form = (findElement(event, (element) => matches(element, FIELDS)) as HTMLInputElement | undefined)?.form;
      if (!form || started.has(form)) return;
      started.add(form);
      trackForm('form_start', form);
    },
    options,
  );
  addEventListener(
    'submit',
    (event) => {
      const form = findElement(event, (element) => matches(element, 'form'));
      if (form) trackForm('form_submit', form);
    },
    options,
  );
}

function describeForm(form: Element): Properties {
  const attribute = (name: string) => attributeOf(form, name) || undefined;
  return {
    id: attribute('id'),
    name: attribute('name'),
    action: actionOf(attribute('action') ?? ''),
    method: (attribute('method') ?? 'get').toLowerCase(),
  };
}

/** The address without its query, which may have what the visitor typed. */
function actionOf(action: string): string | undefined {
  const url = parseUrl(action, documentMember('baseURI'));
  return url && url.origin + url.pathname;
}

const FIELDS = 'input,select,textarea';

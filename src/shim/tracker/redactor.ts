import type { LazyEvent } from './pending-event.js';
import type { RedactOptions } from './types.js';

/** Takes out of URLs and texts what is personal or secret. */
export class Redactor {
  readonly #isSecret: (parameter: string) => boolean;
  readonly #patterns: RegExp[];

  constructor(redact: false | RedactOptions) {
    const { parameters, patterns } = redact || { parameters: [], patterns: [] };
    const names = parameters && new Set(parameters.map((name) => name.toLowerCase()));
    this.#isSecret = names ? (name) => names.has(name.toLowerCase()) : (name) => SECRETS.test(inSnakeCase(name));
    this.#patterns = (patterns ?? [EMAIL]).map(
      ({ source, flags }) => new RegExp(source, `${flags.replace(/[gy]/g, '')}g`),
    );
  }

  /**
   * A URL, or a text that may have some. User info never leaves the page. Parameters are those of queries and
   * fragments.
   */
  clean(text: string): string {
    // Without the scheme in the pattern: it would be looked for from each character of a long word.
    const withoutUser = text.replace(/:\/\/[^\s/?#]*@/g, '://');
    let redacted = this.#cleanParameters(withoutUser, ADDRESS.test(text) ? PARAMETER_OF_ADDRESS : PARAMETER);
    for (const pattern of this.#patterns) redacted = redacted.replace(pattern, REDACTED);
    return redacted;
  }

  /** Parameters may be nested in the value of another, which may be percent-encoded: `?next=/reset%3Ftoken%3Dabc`. */
  #cleanParameters(text: string, parameter: RegExp, depthMax = NESTED_MAX): string {
    return text.replace(parameter, (_, start: string, name: string, value: string) => {
      if (depthMax === 0 || this.#isSecret(decode(name))) return start + REDACTED;
      const decoded = ENCODED_PARAMETER.test(value) ? decode(value) : value;
      const cleaned = this.#cleanParameters(decoded, parameter, depthMax - 1);
      if (cleaned === decoded) return start + value;
      return start + (decoded === value ? cleaned : encodeURIComponent(cleaned));
    });
  }

  /** The same for the values of an object that are texts. */
  cleanAll<Values extends object>(values: Values): Values {
    const entries = Object.entries(values).map(([key, value]) => [
      key,
      typeof value === 'string' ? this.clean(value) : value,
    ]);
    return Object.fromEntries(entries);
  }

  /** The same for the properties of an event that is read later. */
  cleanLater(lazyEvent: LazyEvent): LazyEvent {
    return () => {
      const [event, properties] = lazyEvent();
      return [event, properties && this.cleanAll(properties)];
    };
  }
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function inSnakeCase(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1_$2');
}

const REDACTED = 'redacted';
/** A text that is an address as a whole. */
const ADDRESS = /^([a-z][a-z\d+.-]*:|[/?#])\S*$/i;
/** Its parameters: a value ends at the next one, or where the fragment begins. */
const PARAMETER_OF_ADDRESS = /([?&#;]([^?&#;=\s]+)=)([^&#]*)/g;
/** A parameter of an address within a text: what may follow an address is no part of it. */
const PARAMETER = /([?&#;]([^?&#;=\s]+)=)([^&#;\s"'<>)]*)/g;
const ENCODED_PARAMETER = /%3d/i;
/** What is nested deeper is redacted: a link may nest thousands, and each level takes as long as the whole. */
const NESTED_MAX = 8;
/** An e-mail address, also one that is percent-encoded. */
const EMAIL = /[^\s/?&#=<>"'@:;,()[\]]{1,64}(@|%40)[^\s/?&#=<>"'@:;,()[\]%]{1,255}\.[a-z]{2,}/gi;
/** Names of parameters that hold secrets or addresses, in snake case. */
const SECRETS = new RegExp(
  '(^|[^a-z])(api_?key|key|code|sid|auth|otp|pin|pass|jwt|sig|e_?mail|mail|phone|tel|ticket|magic|reset|invite)([^a-z]|$)|' +
    'token|passw|pwd|secret|credential|signature|session|apikey|authoriz|email|saml|assertion|verification|[cx]srf',
  'i',
);

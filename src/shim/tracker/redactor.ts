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
    const withoutUser = text.replace(/([a-z][a-z\d+.-]*:\/\/)[^\s/?#]*@/gi, '$1');
    const withoutSecrets = withoutUser.replace(/([?&#;]([^?&#;=\s]+)=)[^&#;\s"'<>)]*/g, (all, start, name) =>
      this.#isSecret(decode(name)) ? start + REDACTED : all,
    );
    let redacted = withoutSecrets;
    for (const pattern of this.#patterns) redacted = redacted.replace(pattern, REDACTED);
    return redacted;
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
/** An e-mail address, also one that is percent-encoded. */
const EMAIL = /[^\s/?&#=<>"'@:;,()[\]]{1,64}(@|%40)[^\s/?&#=<>"'@:;,()[\]%]{1,255}\.[a-z]{2,}/gi;
/** Names of parameters that hold secrets or addresses, in snake case. */
const SECRETS = new RegExp(
  '(^|[^a-z])(api_?key|key|code|sid|auth|otp|pin|pass|jwt|sig|e_?mail|mail|phone|tel|ticket|magic|reset|invite)([^a-z]|$)|' +
    'token|passw|pwd|secret|credential|signature|session|apikey|authoriz|email|saml|assertion|verification|[cx]srf',
  'i',
);

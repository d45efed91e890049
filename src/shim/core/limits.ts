/** The longest time that a timer takes, in milliseconds (2³¹ − 1): longer ones fire at once. */
export const TIMER_MS_MAX = 2_147_483_647;

/**
 * What the bodies of all keepalive requests of a page share, in bytes:
 * https://fetch.spec.whatwg.org/#http-network-or-cache-fetch
 */
export const KEEPALIVE_BYTES_MAX = 65_536;

/** The most attempts of one record that a producer allows: an outage costs many attempts within seconds. */
export const RECORD_ATTEMPTS_MAX = 1_000_000;

/** 1 MiB, in bytes. */
export const MIB = 1_048_576;

/** The length of a random partition key, in bytes: 16 hexadecimal digits, which the core makes. */
export const RANDOM_KEY_BYTES = 16;

//! The numbers of the commands, as `src/shim/core/core.js` has them.

// To anything.
pub const FREE: u32 = 0;

// To nothing.
pub const NEW_CLIENT: u32 = 1;
pub const SIGN: u32 = 2;
pub const HASH_KEY: u32 = 3;
pub const CHECK_KEY: u32 = 4;
pub const AS_JSON: u32 = 5;
pub const DEAGGREGATE: u32 = 6;

// To a client, some of them to a producer too.
pub const STORE_CREDENTIALS: u32 = 7;
pub const PUT: u32 = 8;
pub const PUT_TEXTS: u32 = 9;
pub const CLEAR_RECORDS: u32 = 10;
pub const PUT_RECORD: u32 = 11;
pub const PUT_RECORDS: u32 = 12;
pub const LIST_SHARDS: u32 = 13;
pub const DESCRIBE_STREAM_SUMMARY: u32 = 14;
pub const ANY: u32 = 15;
pub const NEW_PRODUCER: u32 = 16;

// To a call, most of them to a producer too.
pub const POLL: u32 = 17;
pub const PREPARE: u32 = 18;
pub const SEND: u32 = 19;
pub const HANDLE_ANSWER: u32 = 20;
pub const HANDLE_FAILURE: u32 = 21;
pub const HANDLE_CREDENTIALS: u32 = 22;
pub const RESULT: u32 = 23;

// To a producer.
pub const HANDLE_ONLINE: u32 = 24;
pub const WANTS_POLL: u32 = 25;
pub const HAS_ROOM: u32 = 26;
pub const PREPARE_KEEPALIVE: u32 = 27;
pub const FLUSH: u32 = 28;
pub const TELL_STATS: u32 = 29;

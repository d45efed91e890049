//! What crosses the boundary in one piece, taken apart.

use super::tell;
use crate::answer::Answer;
use crate::client::{self, Headers};
use crate::clock::UnixMs;
use crate::credentials::{Credentials, Keeper};
use crate::entry::Content;
use crate::error::{Code, Error};
use crate::text::{decimal, text};
use core::mem::take;

/// What a command gives: a number, whatever it is for.
pub type Outcome = Result<f64, Error>;

/// What a command comes with.
pub struct Given {
    pub target: usize,
    pub numbers: [f64; 4],
    pub text: String,
    pub bytes: Vec<u8>,
}

impl Given {
    /// The first number, where it is a time.
    pub fn now(&self) -> UnixMs {
        unix_ms(self.numbers[0])
    }

    /// Any of the numbers, where it is a count.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the shim has checked the range
    pub fn count(&self, index: usize) -> usize {
        self.numbers[index] as usize
    }

    pub fn fields(&self) -> Fields<'_> {
        Fields(&self.text)
    }

    /// Keys of an account: id, secret and, if any, session token, which expire at the first number, if it is one.
    pub fn credentials(&self) -> Result<Credentials, Error> {
        let mut fields = self.fields();
        let (id, secret) = (fields.next().to_owned(), fields.next().to_owned());
        let expiration = self.numbers[0];
        let expiration = (!expiration.is_nan()).then(|| unix_ms(expiration));
        Credentials::new(id, secret, fields.optional().map(str::to_owned), expiration)
    }

    /// Takes the keys that a provider gave at the second number; where it is none, keys that are for good.
    pub fn store_credentials(&self, client: &mut client::Client) -> Outcome {
        let credentials = self.credentials()?;
        let now = self.numbers[1];
        if now.is_nan() {
            client.credentials = Keeper::fixed(credentials);
        } else {
            let server_time = client.clock.server_time(unix_ms(now));
            client.credentials.store(credentials, server_time);
        }
        Ok(0.0)
    }

    /// A record: bytes, if its data is, then text. The lengths of its keys are the second and the third number.
    pub fn content(&mut self) -> Content {
        let text = take(&mut self.text).into_bytes();
        let mut bytes = take(&mut self.bytes);
        if bytes.is_empty() {
            bytes = text;
        } else {
            bytes.reserve_exact(text.len());
            bytes.extend_from_slice(&text);
        }
        Content {
            bytes,
            partition_key_len: self.count(1),
            hash_key_len: self.count(2),
        }
    }

    /// Many records in one text: of each the data and the partition key, one behind the other, and the bytes have the length
    /// of each. To cross into WebAssembly costs a text as much as a few hundred bytes of it, and of ASCII the lengths are known
    /// without a look at it. None where it is not all ASCII, as then it has more bytes than the second number, its length in
    /// UTF-16.
    pub fn records(&self) -> Option<impl Iterator<Item = (&[u8], &str)>> {
        let mut rest = &*self.text;
        let mut take = move |length: &[u8; 4]| {
            let length = u32::from_le_bytes(*length) as usize;
            let (taken, after) = rest.split_at(length.min(rest.len()));
            rest = after;
            taken
        };
        let (lengths, _) = self.bytes.as_chunks::<4>();
        let (pairs, _) = lengths.as_chunks::<2>();
        let records = pairs
            .iter()
            .map(move |[data, key]| (take(data).as_bytes(), take(key)));
        (self.text.len() == self.count(1)).then_some(records)
    }

    /// The answer to a request: its status is the third number, and the text has the headers that matter, empty where there
    /// is none: x-amzn-requestid, x-amzn-errortype, date, x-amz-retry-after.
    pub fn answer(&self) -> Answer<'_> {
        let mut fields = self.fields();
        let [request_id, error_type, date, retry_after] = core::array::from_fn(|_| {
            let field = fields.next();
            (!field.is_empty()).then_some(field)
        });
        Answer {
            status: self.status().unwrap_or_default(),
            request_id,
            error_type,
            date,
            retry_after_ms: retry_after.and_then(milliseconds),
            body: &self.bytes,
        }
    }

    /// No answer in time where the fourth number is 1, or none at all. The text says more, and the status is there where the
    /// answer broke off.
    pub fn failure(&self) -> Error {
        let timed_out = self.count(3) == 1;
        let code = if timed_out {
            Code::Timeout
        } else {
            Code::Network
        };
        let mut error = Error::new(code, &*self.text);
        // The name that fetch and the AWS SDKs use.
        error.name = timed_out.then(|| "TimeoutError".to_owned());
        error.status = self.status();
        error
    }

    /// Why a provider has failed, if it has.
    pub fn provider_failure(&self) -> Option<Error> {
        (!self.text.is_empty()).then(|| Error::new(Code::Credentials, &*self.text))
    }

    fn status(&self) -> Option<u16> {
        u16::try_from(self.count(2))
            .ok()
            .filter(|status| *status > 0)
    }
}

/// The parts of a text, one after the other; empty ones after the last.
pub struct Fields<'a>(pub &'a str);

impl<'a> Fields<'a> {
    pub fn next(&mut self) -> &'a str {
        let end = self.0.bytes().position(|byte| byte == 0);
        let (field, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest.get(1..).unwrap_or_default();
        field
    }

    /// The next one, unless it stands for none.
    pub fn optional(&mut self) -> Option<&'a str> {
        Some(self.next()).filter(|field| *field != "\u{1}")
    }
}

/// URL, content type, target, date, authorization and, if any, the security token, a line each.
pub fn head_of(url: &str, signed: &Headers) -> String {
    let mut head = text![
        url,
        "\n",
        signed.content_type,
        "\n",
        signed.target,
        "\n",
        signed.date,
        "\n",
        signed.authorization
    ];
    if let Some(token) = &signed.security_token {
        head.push('\n');
        head.push_str(token);
    }
    head
}

/// Gives JavaScript a text alone.
pub fn tell_text(text: &[u8]) {
    tell(text, &[]);
}

#[allow(clippy::cast_possible_truncation)] // saturates, and NaN is 1970
pub fn unix_ms(time: f64) -> UnixMs {
    time as UnixMs
}

/// The milliseconds from now on; for ever where nothing is to come.
#[allow(clippy::cast_precision_loss)] // exact for some 280,000 years
pub fn wait_ms(until: UnixMs, given: &Given) -> f64 {
    (until as f64 - given.numbers[0]).max(0.0)
}

fn milliseconds(header: &str) -> Option<u32> {
    decimal(header.as_bytes()).and_then(|ms| ms.try_into().ok())
}

/// What to do next, where it is not to wait.
pub const STEP_CREDENTIALS: f64 = -1.0;
pub const STEP_SETTLED: f64 = -2.0;
pub const STEP_DONE: f64 = -3.0;
/// Less the name of a producer's request.
pub const STEP_SEND: f64 = -4.0;

//! The binding of a client.

use super::call::Call;
use super::command;
use super::crossing::{Given, Outcome};
use super::things::{self, Thing};
use crate::api::{self, Limits, Stream};
use crate::client;
use crate::credentials::Keeper;
use crate::encoding::Encoding;
use crate::endpoint::Config;
use crate::error::Error;
use core::mem::take;

/// See [`client::Client`].
pub struct Client {
    pub client: client::Client,
    /// The records of the next `PUT_RECORDS`.
    records: api::PutRecords,
}

impl Client {
    /// The text has region and, if any, endpoint. The first number is eight times the tries of a call, plus 1 for FIPS, 2 for
    /// dual-stack and 4 for CBOR; then come the limits of a record and of a request, and a seed from the host's random source.
    /// Without keys that are stored as fixed ones a provider is asked for them.
    pub fn of(given: &Given) -> Outcome {
        // The shim has checked them, as it has to before the module is loaded.
        let limits = Limits {
            record_bytes_max: given.count(1),
            request_bytes_max: given.count(2),
        };
        let (mut fields, flags) = (given.fields(), given.count(0));
        let endpoint = Config {
            region: fields.next().to_owned(),
            custom: fields.optional().map(str::to_owned),
            fips: flags & 1 != 0,
            dualstack: flags & 2 != 0,
        };
        let attempts_max = u32::try_from(flags / 8).unwrap_or(u32::MAX);
        let (keeper, seed) = (Keeper::default(), given.numbers[3].to_bits());
        let mut client = client::Client::new(endpoint, keeper, limits, attempts_max, seed)?;
        if flags & 4 != 0 {
            client.encoding = Encoding::Cbor;
        }
        let records = api::PutRecords::new(limits, client.encoding);
        Ok(things::add(Thing::Client(Box::new(Self {
            client,
            records,
        }))))
    }

    /// What begins a call gives its number. The text of those has the stream's name and ARN first.
    pub fn run(&mut self, command: u32, given: &mut Given) -> Outcome {
        match command {
            command::STORE_CREDENTIALS => given.store_credentials(&mut self.client),
            command::PUT => self.put(given),
            command::PUT_TEXTS => self.put_texts(given),
            command::CLEAR_RECORDS => {
                self.take_records();
                Ok(0.0)
            }
            _ => {
                let request = self.request(command, given)?;
                let call = Call::new(request, &self.client, given.target)?;
                Ok(things::add(Thing::Call(Box::new(call))))
            }
        }
    }

    /// One more record for the next `PUT_RECORDS`.
    fn put(&mut self, given: &mut Given) -> Outcome {
        let content = given.content();
        let record = content.record();
        self.records
            .push(record.data, record.partition_key, record.explicit_hash_key)?;
        Ok(0.0)
    }

    /// Many more. 1, or 0 where the text is not all ASCII, and nothing was done.
    fn put_texts(&mut self, given: &Given) -> Outcome {
        let Some(records) = given.records() else {
            return Ok(0.0);
        };
        for (data, partition_key) in records {
            self.records.push(data, partition_key, None)?;
        }
        Ok(1.0)
    }

    fn request(&mut self, command: u32, given: &mut Given) -> Result<api::Request, Error> {
        let encoding = self.client.encoding;
        let text = take(&mut given.text);
        let mut fields = super::crossing::Fields(&text);
        if command == command::ANY {
            // An operation before the ARN, and the input in the bytes, which are JSON.
            let operation = fields.next();
            let arn = fields.optional().map(str::to_owned);
            return api::any(operation, take(&mut given.bytes), arn);
        }
        let records = (command == command::PUT_RECORDS).then(|| self.take_records());
        let (name, arn) = (fields.optional(), fields.optional());
        let stream = Stream::new(name, arn)?;
        if let Some(records) = records {
            return records.finish(stream);
        }
        // A sequence number, or a token.
        let more = fields.optional();
        match command {
            command::PUT_RECORD => {
                let keys = fields.0.to_owned();
                given.text = keys;
                let content = given.content();
                let record = content.record();
                record.check(self.client.limits.record_bytes_max, None)?;
                api::put_record(stream, &record, more, encoding)
            }
            command::LIST_SHARDS => Ok(match more {
                Some(token) => api::list_shards_next(arn, token, encoding),
                None => api::list_shards(stream, encoding),
            }),
            command::DESCRIBE_STREAM_SUMMARY => Ok(api::describe_stream_summary(stream, encoding)),
            _ => unreachable!("no such command"),
        }
    }

    fn take_records(&mut self) -> api::PutRecords {
        let next = api::PutRecords::new(self.client.limits, self.client.encoding);
        core::mem::replace(&mut self.records, next)
    }
}

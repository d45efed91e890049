//! The binding of one call.

use super::crossing::{Given, Outcome, STEP_CREDENTIALS, STEP_DONE, STEP_SEND, head_of, wait_ms};
use super::things::{self, Thing};
use super::{DIGEST_BYTES_MIN, command, tell};
use crate::api;
use crate::call::{self, Step};
use crate::client;
use crate::error::Error;

/// See [`call::Call`].
pub struct Call {
    machine: call::Call,
    /// The number of its client.
    client: usize,
}

impl Call {
    pub fn new(
        request: api::Request,
        client: &client::Client,
        number: usize,
    ) -> Result<Self, Error> {
        Ok(Self {
            machine: call::Call::new(request, client)?,
            client: number,
        })
    }

    pub fn run(&mut self, command: u32, given: &mut Given) -> Outcome {
        let mut owner = things::take(self.client);
        let Thing::Client(client) = &mut owner else {
            unreachable!("a client outlives its calls");
        };
        let outcome = self.run_for(&mut client.client, command, given);
        things::put_back(self.client, owner);
        outcome
    }

    fn run_for(&mut self, client: &mut client::Client, command: u32, given: &mut Given) -> Outcome {
        let (machine, now) = (&mut self.machine, given.now());
        match command {
            command::POLL => {
                return Ok(match machine.poll(client, now) {
                    Step::Send => STEP_SEND,
                    Step::Credentials => STEP_CREDENTIALS,
                    Step::Wait(until) => wait_ms(until, given),
                    Step::Done => STEP_DONE,
                });
            }
            command::PREPARE => {
                // Tells the body where the host may be quicker to hash it.
                if machine.body().len() >= DIGEST_BYTES_MIN {
                    tell(b"", machine.body());
                }
            }
            command::SEND => {
                // Tells nothing where there is nothing to send any more: poll again.
                let hash = Some(&*given.text).filter(|hash| !hash.is_empty());
                if let Some(headers) = machine.sign(client, now, hash) {
                    tell(head_of(machine.url(), &headers).as_bytes(), machine.body());
                }
            }
            command::HANDLE_ANSWER => {
                // Of a good one the shim has read the body, and the second number tells whether it could.
                machine.handle_answer(client, now, given.answer(), given.count(1) == 1);
            }
            command::HANDLE_FAILURE => machine.handle_failure(client, now, given.failure()),
            command::HANDLE_CREDENTIALS => {
                machine.handle_credentials(client, now, given.provider_failure());
            }
            // What it has failed with.
            command::RESULT => machine.take_result()?,
            _ => unreachable!("no such command"),
        }
        Ok(0.0)
    }
}

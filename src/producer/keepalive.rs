//! Requests that outlive the page.

use crate::producer::batch_builder::BatchBuilder;
use crate::producer::entry::OrderingKey;
use crate::producer::{Producer, Step};
use crate::time::UnixMs;

impl Producer {
    /// A request with `keepalive`, for a page that is about to close. `bytes_max` limits the bodies of all such
    /// requests together. Call this until it returns `None`; what does not fit stays buffered.
    pub fn send_keepalive(&mut self, now: UnixMs, bytes_max: usize) -> Option<Step> {
        // Without credentials no request can be signed.
        self.client.credentials.current()?;
        // What was throttled or refused waits on: the page may only be hidden.
        self.queue.end_backoffs(now);
        self.queue.end_all_backoffs();
        self.route_all_by_key();
        self.close_aggregates();
        let shared: usize = self.in_flight.iter().filter_map(|sent| sent.keepalive).sum();
        let room = bytes_max.saturating_sub(shared + STREAM_BYTES_MAX);
        let mut batch = BatchBuilder::new(self.client.encoding);
        let mut left = Vec::new();
        while let Some(entry) = self.queue.pop() {
            let ordering_key = entry.ordering_key;
            if !self.fits_request(&batch, &entry) {
                left.push(entry);
            } else if let Err((entry, bytes)) = batch.push_within(entry, room) {
                if entry.is_aggregate && bytes > room {
                    self.split(&entry);
                } else {
                    left.push(entry);
                }
            } else if self.options.ordered {
                self.add_waiting(&mut batch, ordering_key, room);
            }
        }
        for entry in left {
            self.queue.push_retry(entry);
        }
        self.submit(now, batch, true)
    }

    /// Adds the entries that wait for one in the batch, in their order and as far as they fit. The page may not be
    /// there any more when that one is stored.
    fn add_waiting(&mut self, batch: &mut BatchBuilder, ordering_key: OrderingKey, room: usize) {
        while let Some(entry) = self.key_queues.activate_next(ordering_key) {
            let left = if self.fits_request(batch, &entry) {
                batch.push_within(entry, room).err().map(|(entry, _)| entry)
            } else {
                Some(entry)
            };
            if let Some(entry) = left {
                self.key_queues.requeue(entry);
                return;
            }
        }
    }
}

/// The most bytes that the name and the ARN of the stream add to a body.
const STREAM_BYTES_MAX: usize = 512;

#[cfg(test)]
mod tests;

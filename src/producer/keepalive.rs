//! Requests with `keepalive`, which outlive the page.

use crate::producer::Producer;
use crate::producer::batch_builder::BatchBuilder;
use crate::producer::entry::GroupKey;
use crate::producer::in_flight::RequestId;
use crate::time::UnixMs;

impl Producer {
    /// Starts a request with `keepalive`, for a page that is about to close. `bytes_max` limits the bodies of all such
    /// requests together. Call this until it returns `None`; records that do not fit stay buffered.
    pub fn next_keepalive(&mut self, now: UnixMs, bytes_max: usize) -> Option<RequestId> {
        // Without credentials no request can be signed.
        self.client.credentials.current()?;
        self.queue_all_for_keepalive(now);
        let in_flight_bytes: usize = self
            .in_flight
            .iter()
            .filter_map(|sent| sent.page_close_body_bytes)
            .sum();
        let batch = self.fill_keepalive(bytes_max.saturating_sub(in_flight_bytes + STREAM_BYTES_MAX));
        self.submit(now, batch, true)
    }

    /// Moves all entries that may be sent into the send queue. The page may only be hidden, so throttled and refused
    /// entries wait on.
    fn queue_all_for_keepalive(&mut self, now: UnixMs) {
        self.queue.end_delays(now);
        self.queue.end_delays_at_page_close();
        self.route_all_by_key();
        self.close_aggregates();
    }

    /// Moves entries from the queue into a request whose body has at most `body_len_max` bytes. An aggregate that is
    /// larger than that is split into its records, if some of them fit. Otherwise it stays whole: the page may only be
    /// hidden.
    fn fill_keepalive(&mut self, body_len_max: usize) -> BatchBuilder {
        let mut batch = BatchBuilder::new(self.client.encoding);
        let mut remaining = Vec::new();
        // Bytes of the records of aggregates that were split, which are in the body or come next. No more is split than
        // fits.
        let mut split_bytes = 0;
        while let Some(entry) = self.queue.pop() {
            let group_key = entry.group_key;
            if !self.fits_request(&batch, &entry) {
                remaining.push(entry);
            } else if let Err((entry, bytes)) = batch.push_within(entry, body_len_max) {
                let room = body_len_max.saturating_sub(batch.body_len() + split_bytes);
                if entry.is_aggregate && bytes > body_len_max && bytes / entry.records.count() <= room {
                    split_bytes += bytes;
                    self.split(&entry);
                } else {
                    remaining.push(entry);
                }
            } else if self.options.ordered {
                self.add_waiting(&mut batch, group_key, body_len_max);
            }
        }
        for entry in remaining {
            self.queue.push_ahead(entry);
        }
        batch
    }

    /// Adds the entries that wait for one in the batch, in their order and as far as they fit. The page may be
    /// closed before that one is stored.
    fn add_waiting(&mut self, batch: &mut BatchBuilder, group_key: GroupKey, body_len_max: usize) {
        while let Some(entry) = self.key_queues.activate_next(group_key) {
            let not_added = if self.fits_request(batch, &entry) {
                batch.push_within(entry, body_len_max).err().map(|(entry, _)| entry)
            } else {
                Some(entry)
            };
            if let Some(entry) = not_added {
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

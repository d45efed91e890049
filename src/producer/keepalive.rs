//! Requests that outlive the page.

use crate::producer::batch_builder::Load;
use crate::producer::{Producer, Step};
use crate::time::UnixMs;

impl Producer {
    /// A page is about to close: requests that outlive it, as far as `bytes_max` lets them. Send each at once; what does not fit
    /// stays buffered.
    pub fn send_keepalive(&mut self, now: UnixMs, bytes_max: usize) -> Option<Step> {
        // Without them nothing can be signed, and no try is spent.
        self.client.credentials.current()?;
        self.queue.wake(UnixMs::MAX);
        self.route_all_by_key();
        self.close_aggregates();
        let shared: usize = self.flights.iter().filter_map(|flight| flight.keepalive).sum();
        let room = bytes_max.saturating_sub(shared + STREAM_BYTES_MAX);
        let mut load = Load::new(self.client.encoding);
        let mut left = Vec::new();
        while let Some(entry) = self.queue.pop() {
            let fits = load.has_room(
                &entry,
                self.options.request_records_max,
                self.options.limits.request_bytes_max,
            );
            if !fits {
                left.push(entry);
            } else if let Err((entry, bytes)) = load.put_within(entry, room) {
                if entry.is_aggregate && bytes > room {
                    self.split(&entry);
                } else {
                    left.push(entry);
                }
            }
        }
        for entry in left.into_iter().rev() {
            self.queue.unpop(entry);
        }
        self.launch(now, load, true)
    }
}

/// What the stream's name or ARN adds to a body, at most.
const STREAM_BYTES_MAX: usize = 512;

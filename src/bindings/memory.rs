//! Where the heap's memory comes from: the module's own, which grows by pages.

use core::alloc::Layout;
use core::arch::wasm32::{memory_grow, memory_size};
use core::ptr::NonNull;
use talc::base::Talc;
use talc::base::binning::Binning;
use talc::source::Source;

/// Grows the memory by a sixteenth of its size. Each growth costs the host a few microseconds, because the glue makes
/// new views of the memory. Growing page by page, as talc does, takes a third of the time of a `put`.
#[derive(Debug)]
pub struct Growth {
    end: Option<NonNull<u8>>,
}

impl Growth {
    /// No memory yet.
    pub const fn new() -> Self {
        Self { end: None }
    }
}

// SAFETY: nothing here allocates, and `acquire` gives `talc` memory that was not there before.
unsafe impl Source for Growth {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        let needed = (layout.size() + layout.align() + OVERHEAD_BYTES).div_ceil(PAGE_BYTES);
        let pages = needed.max(memory_size::<0>() / 16).max(PAGES_MIN);
        // The end of the last page has no address in 32 bits.
        if memory_size::<0>() + pages >= PAGES_MAX {
            return Err(());
        }
        let base = match memory_grow::<0>(pages) {
            usize::MAX => return Err(()),
            before => (before * PAGE_BYTES) as *mut u8,
        };
        let end = base.wrapping_add(pages * PAGE_BYTES);
        // SAFETY: the pages from `base` to `end` are new, so nothing else uses them. Nothing else grows the memory, so
        // the heap ends at `base` and is extended; only at the first call there is no heap yet.
        talc.source.end = match talc.source.end.filter(|heap_end| heap_end.as_ptr() == base) {
            Some(heap_end) => Some(unsafe { talc.extend(heap_end, end) }),
            None => unsafe { talc.claim(base, pages * PAGE_BYTES) },
        };
        Ok(())
    }
}

const PAGE_BYTES: usize = 64 * 1024;
const PAGES_MIN: usize = 4;
/// 4 GiB.
const PAGES_MAX: usize = 65_536;
/// What talc keeps beside an allocation and a heap, at most.
const OVERHEAD_BYTES: usize = 256;

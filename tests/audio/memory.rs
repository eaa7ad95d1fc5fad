//! How much memory it takes, for however long.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use everline::audio::{Batcher, Config, Overflow, Piece, Source};
use everline::connection::Time;

thread_local! {
    /// What this thread has and had at most: tests run beside one another.
    static USE: Cell<(isize, isize)> = const { Cell::new((0, 0)) };
}

struct Counting;

fn count(change: isize) {
    USE.with(|of_thread| {
        let (now, most) = of_thread.get();
        of_thread.set((now + change, most.max(now + change)));
    });
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const PIECES: usize = 28_125;

/// An hour from a microphone; answers the most bytes that were in use during its first minute, and
/// then.
fn an_hour(config: Config, goes_out: bool) -> (isize, isize) {
    // The lowest rate, for the sake of time.
    let mut batcher = Batcher::new(Config { sample_rate: 8000, ..config });
    let source = Source { rate: 8000, ..Source::default() };
    let piece = vec![0.1_f32; 128 * 8];
    let before = USE.get().0;
    USE.set((before, before));
    let mut first_minute = 0;
    let mut now = Time::new(0.0);
    if goes_out {
        batcher.start(now);
    }
    for number in 0..PIECES {
        if number == PIECES / 60 {
            first_minute = USE.get().1 - before;
        }
        let _ = batcher.push(&piece, source, now);
        while batcher.poll(Piece::Batch, now).is_some() {}
        while batcher.poll_gap().is_some() {}
        now = now + 128.0;
    }
    (first_minute, USE.get().1 - before)
}

#[test]
fn an_hour_takes_no_more_than_a_minute() {
    let (first_minute, most) = an_hour(Config::default(), true);
    assert_eq!(first_minute, most);
    assert!(most < 64 << 10, "{most} bytes");
}

#[test]
fn an_hour_without_a_way_out_takes_what_may_wait() {
    let policies = [
        (Overflow::DropOldest, false),
        (Overflow::DropOldest, true),
        (Overflow::DropNewest, false),
        (Overflow::DropNewest, true),
        (Overflow::Spill, false),
    ];
    for (overflow, fill_gaps) in policies {
        let config = Config { overflow, fill_gaps, ..Config::default() };
        let (first_minute, most) = an_hour(config, false);
        assert_eq!(first_minute, most, "{overflow:?}");
        // 30 s, or 40 s if some are to go another way.
        assert!(most < 1_300_000, "{overflow:?}: {most} bytes");
    }
}

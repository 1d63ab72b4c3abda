//! What one of many costs: `cargo bench -q -p inline-callbacks --bench linear`.
//!
//! Each case handles 1 000 and 100 000 of a kind; the cost of one must stay the same, but for caches. Rounds of both sizes are
//! interleaved. Everything runs on a thread of 256 KiB, where recursion would not
//! get far.

mod cases;

use std::thread;
use std::time::Instant;

use mimalloc::MiMalloc;

/// The system's allocator gives the memory of a large round back to the system; getting it again would be most of the cost.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const SMALL: usize = 1_000;
const LARGE: usize = 100_000;
const ROUNDS: usize = 15;
const STACK: usize = 256 << 10;

/// Handles that many at once.
type Work = fn(usize);

const CASES: [(&str, Work); 7] = [
    ("callbacks added, then fired", cases::callbacks_then_fired),
    ("callbacks on a fired Deferred", cases::callbacks_on_fired),
    ("lock: jobs in line", cases::lock_jobs),
    ("lock: bodies in line", cases::lock_bodies),
    ("semaphore: jobs in line", cases::semaphore_jobs),
    ("queue: getters in line", cases::queue_getters),
    ("gathered, then fired", cases::gathered),
];

fn main() {
    let measuring = thread::Builder::new().stack_size(STACK).spawn(measure).expect("a thread starts");
    measuring.join().expect("no case fails");
}

fn measure() {
    println!("{:<30} {:>9} {:>9} {:>7}", "ns for one of", SMALL, LARGE, "ratio");
    for (name, work) in CASES {
        // The memory comes from the system once.
        work(LARGE);
        let (mut small, mut large) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            small.push(nanoseconds(work, SMALL));
            large.push(nanoseconds(work, LARGE));
        }
        let (small, large) = (median(small), median(large));
        println!("{name:<30} {small:>9.1} {large:>9.1} {:>6.2}x", large / small);
    }
}

/// The cost of one: as many are handled at either size.
fn nanoseconds(work: Work, size: usize) -> f64 {
    let start = Instant::now();
    for _ in 0..LARGE / size {
        work(size);
    }
    #[expect(clippy::cast_precision_loss, reason = "a hundred thousand")]
    let all = LARGE as f64;
    start.elapsed().as_secs_f64() * 1e9 / all
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

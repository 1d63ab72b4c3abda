#![deny(warnings)]
#![allow(unused_must_use)]

// A wait begins with a brace once it is expanded: nowhere may it be taken for a block of the user's.

use inline_callbacks::prelude::*;
use inline_callbacks::succeed;
use inline_callbacks::testing::success_result_of;

#[inline_callbacks]
fn count(n: u32) -> Deferred<u32> {
    let mut sum = 0;
    for i in 0..yield_!(succeed(n))? {
        sum += i;
    }
    for i in yield_!(1)..=yield_!(succeed(n))? + 1 {
        sum += i;
    }
    if (..yield_!(n)).contains(&0) && yield_!(n) == yield_!(n) {
        sum += 1;
    }
    while sum < yield_!(100) {
        sum += match yield_!(sum) {
            0 => yield_!(1) + 1,
            1 => yield_!(2) - 1,
            n if n > yield_!(50) => yield_!(n),
            _ => yield_!(succeed(1))?,
        };
    }
    yield_!(sum) + 1;
    yield_!(succeed(sum)).map(|sum| sum - 1)?;
    #[rustfmt::skip]
    let block = yield_! { succeed(1) }? + yield_![2];
    yield_! { succeed(1) }?;
    Ok(sum + block)
}

#[inline_callbacks]
fn tail(n: u32) -> Deferred<bool> {
    let n = yield_!(n);
    Ok({ n } == yield_!(n) && matches!(yield_!(n)..yield_!(n), std::ops::Range { .. }))
}

#[generator]
fn generator(n: u32) -> Generator<u32, u32> {
    for i in 0..yield_!(n) {
        yield_!(i) + 1;
        match i {
            0 => yield_!(1) + 1,
            _ => yield_!(2),
        };
    }
}

fn main() {
    let _ = success_result_of(count(3));
    assert!(success_result_of(tail(3)));
    let mut generator = generator(3);
    assert_eq!(generator.next(), Some(3));
    assert_eq!((generator.send(1), generator.send(1), generator.send(1), generator.send(1)), (Some(0), Some(1), None, None));
    let closure = callbacks!(|n: u32| if n == 0 { Ok(1) } else { Err(Failure::msg("no")) }.and(Ok(2)));
    assert_eq!(success_result_of(closure(0)), 2);
    let block: Deferred<u32> = callbacks! {
        let mut sum = 0;
        for i in 0..yield 3 { sum += i; }
        Ok(sum)
    };
    assert_eq!(success_result_of(block), 3);
}

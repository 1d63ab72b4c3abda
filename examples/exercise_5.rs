//! Exercise 5: `got_poem` inside the inline callback.
//!
//! The body of client 7 ends by giving its poem to `got_poem`, a callback that prints it. One callback more or less makes
//! no difference to a body: it prints the poem itself, as its last piece, and its Deferred then tells only that it is
//! done. The price is that nobody else can do anything with the poem; and a failure to print is now one of the body.
//!
//! ```text
//! cargo run --example exercise_5
//! ```

use std::cell::Cell;
use std::rc::Rc;

use inline_callbacks::prelude::*;
use inline_callbacks::reactor;
use poetry::address::Address;
use poetry::client::{Limits, TransformProxy, get_poetry};
use poetry::progress::{Bar, Progress};
use poetry::server::{ListenError, Pace, serve_in_process};

const POEMS: [&str; 2] = [include_str!("poetry/promise.txt"), include_str!("poetry/kettle.txt")];

#[inline_callbacks]
fn print_transformed_poem(address: Address, proxy: Rc<TransformProxy>, screen: Progress) -> Deferred<()> {
    let poem = yield_!(get_poetry(address, Limits::default(), Bar::hidden()))?;
    let transformed = yield_!(proxy.xform("cummingsify", &poem));
    // This was `got_poem`.
    screen.print(&transformed.unwrap_or(poem))?;
}

fn main() -> Result<(), ListenError> {
    let (transform, addresses) = serve_in_process(&POEMS, Pace::BRISK)?;
    let proxy = Rc::new(TransformProxy::new(transform, Limits::default()));
    let screen = Progress::new(false);
    let unfinished = Rc::new(Cell::new(addresses.len()));
    for address in addresses {
        let (unfinished, complaints) = (Rc::clone(&unfinished), screen.clone());
        let poem_done = move |result: Result<(), Failure>| {
            if let Err(why) = result {
                complaints.complain(format_args!("There is a poem less: {why}"));
            }
            unfinished.set(unfinished.get() - 1);
            if unfinished.get() == 0 {
                reactor::stop();
            }
        };
        print_transformed_poem(address, Rc::clone(&proxy), screen.clone()).add_both(poem_done).detach();
    }
    reactor::run();
    Ok(())
}

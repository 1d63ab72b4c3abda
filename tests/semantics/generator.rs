//! Generators: what `#[generator]` and `Generator` promise.

use inline_callbacks::prelude::*;

#[generator]
fn numbers() -> Generator<u32> {
    for n in 1..=3 {
        yield_!(n);
    }
}

/// A `for` loop over a generator sees what its body hands out.
#[test]
fn a_generator_is_an_iterator() {
    assert_eq!(numbers().collect::<Vec<_>>(), [1, 2, 3]);
}

#[generator]
fn opaque() -> Generator<u32, u32> {
    println!("{}", yield_!(1));
    let v = vec![yield_!(2), yield_!(3)];
    macro_rules! mine { ($($t:tt)*) => { $($t)* } }
    mine! { let x = yield_!(v[0] + v[1]); println!("{x}"); }
}

callbacks! {
    #[generator]
    fn keyword() -> Generator<u32, u32> {
        let a = yield 1;
        let b = (yield a) + 1;
        println!("{}", yield b);
        if (yield 0) == 3 { return; }
        yield 7;
    }
}

#[test]
fn tmp() {
    let mut g = opaque();
    assert_eq!(g.next(), Some(1));
    assert_eq!(g.send(7), Some(2));
    assert_eq!(g.send(8), Some(3));
    assert_eq!(g.send(9), Some(17));
    assert_eq!(g.send(9), None);
    let mut g = keyword();
    assert_eq!(g.next(), Some(1));
    assert_eq!(g.send(7), Some(7));
    assert_eq!(g.send(8), Some(9));
    assert_eq!(g.send(8), Some(0));
    assert_eq!(g.send(8), Some(7));
    assert_eq!(g.send(8), None);
}

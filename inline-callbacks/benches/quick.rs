use inline_callbacks::prelude::*;
use inline_callbacks::*;
use std::time::Instant;
fn time(name: &str, mut f: impl FnMut()) {
    for _ in 0..1000 {
        f()
    }
    let mut best = f64::MAX;
    for _ in 0..15 {
        let t = Instant::now();
        for _ in 0..200_000 {
            f()
        }
        best = best.min(t.elapsed().as_nanos() as f64 / 200_000.0);
    }
    println!("{name}: {best:.1} ns");
}
fn main() {
    time("resume", || {
        let (t, d) = Deferred::<u64>::new();
        let r = ensure_deferred(async move { d.await });
        t.callback(std::hint::black_box(3));
        assert_eq!(testing::success_result_of(r), 3);
    });
    time("call", || {
        let r = ensure_deferred(async move { Ok::<u64, Failure>(std::hint::black_box(3)) });
        assert_eq!(testing::success_result_of(r), 3);
    });
    let (t, d) = Deferred::<u64>::new();
    drop(t);
    drop(d);
    {
        // resume inside one body
        let t = Instant::now();
        let r = ensure_deferred(async move {
            let mut s = 0;
            for i in 0..1_000_000u64 {
                s += succeed(std::hint::black_box(i)).await?;
            }
            Ok::<u64, Failure>(s)
        });
        println!("fired: {:.2} ns", t.elapsed().as_nanos() as f64 / 1e6);
        drop(r);
    }
    {
        use std::{cell::Cell, rc::Rc};
        let slot: Rc<Cell<Option<Trigger<u64>>>> = Rc::default();
        let s2 = slot.clone();
        let r = ensure_deferred(async move {
            let mut s = 0;
            loop {
                let (t, d) = Deferred::<u64>::new();
                s2.set(Some(t));
                let x = d.await?;
                if x == 0 {
                    break;
                }
                s += x;
            }
            Ok::<u64, Failure>(s)
        });
        time("create+wait+fire+resume", || slot.take().unwrap().callback(1));
        slot.take().unwrap().callback(0);
        drop(r);
    }
    time("chain10", || {
        let (t, d) = Deferred::<u64>::new();
        let mut d = d;
        for _ in 0..10 {
            d = d.add_callback(|v| Ok(v + 1));
        }
        t.callback(1);
        assert_eq!(testing::success_result_of(d), 11);
    });
    time("cancel", || {
        let (_t, d) = Deferred::<u64>::new();
        let r = ensure_deferred(async move { d.await });
        r.cancel();
        drop(testing::failure_result_of(r));
    });
}

//! The laws of the design, one test each.
mod reacting;
use inline_callbacks::prelude::*;
use inline_callbacks::{ensure_deferred, host, succeed, testing::*};
use std::cell::RefCell;
use std::rc::Rc;

fn on_small_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 << 20).spawn(work).unwrap().join().unwrap();
}

#[test]
fn smoke() {
    let (t, d) = Deferred::<u32>::new();
    let log = Rc::new(RefCell::new(vec![]));
    let l = log.clone();
    let d2 = ensure_deferred(async move {
        l.borrow_mut().push("a");
        let x = d.await?;
        l.borrow_mut().push("b");
        let y = succeed(3).await?;
        Ok::<u32, Failure>(x + y)
    });
    assert_no_result(&d2);
    t.callback(4);
    assert_eq!(success_result_of(d2), 7);
    assert_eq!(*log.borrow(), ["a", "b"]);
    // cancel
    let (_t, d) = Deferred::<u32>::new();
    let d2 = ensure_deferred(async move { d.await });
    d2.cancel();
    println!("{:?}", failure_result_of(d2));
    let (t, d) = Deferred::<u32>::new();
    let d2 = ensure_deferred(async move { d.await });
    let d3 = ensure_deferred(async move { d2.await });
    drop(t);
    println!("{:?}", failure_result_of(d3));
    let d3 = ensure_deferred(async move {
        if true {
            panic!("ouch")
        };
        Ok::<(), Failure>(())
    });
    println!("{:?}", failure_result_of(d3));
}

#[test]
fn foreign() {
    let (tx, rx) = futures::channel::oneshot::channel();
    let d2 = ensure_deferred(async move {
        let v: u32 = rx.await?;
        Ok::<u32, Failure>(v)
    });
    tx.send(5).unwrap();
    assert_no_result(&d2);
    assert_eq!(host::run_woken(), 1);
    assert_eq!(success_result_of(d2), 5);
    let (tx, rx) = futures::channel::oneshot::channel();
    let d2 = ensure_deferred(async move {
        let v: u32 = rx.await?;
        Ok::<u32, Failure>(v)
    });
    std::thread::spawn(move || tx.send(6).unwrap());
    assert_eq!(futures::executor::block_on(d2.into_future()).unwrap(), 6);
    // FuturesUnordered over deferreds
    use futures::stream::{FuturesUnordered, StreamExt};
    let (t1, d1) = Deferred::<u32>::new();
    let (t2, d2) = Deferred::<u32>::new();
    let all = ensure_deferred(async move {
        let mut fu: FuturesUnordered<_> = [d1.into_future(), d2.into_future()].into_iter().collect();
        let mut v = vec![];
        while let Some(x) = fu.next().await {
            v.push(x?)
        }
        Ok::<_, Failure>(v)
    });
    t2.callback(2);
    assert_no_result(&all);
    t1.callback(1);
    assert_eq!(success_result_of(all), [2, 1]);
}
use std::future::IntoFuture;

#[test]
fn deep() {
    on_small_stack(|| {
        for mode in 0..4 {
            let (t, mut d) = Deferred::<u32>::new();
            for _ in 0..1_000_000 {
                let inner = d;
                d = ensure_deferred(async move { inner.await });
            }
            match mode {
                0 => t.callback(1),
                1 => t.errback(Failure::msg("x")),
                2 => {
                    d.cancel();
                    drop(t)
                }
                _ => drop(t),
            }
            assert!(d.is_fired());
            if mode > 0 {
                let f = failure_result_of(d);
                assert_eq!(f.trace().left_out(), 1_000_000 - 64);
            }
            let (t, mut d) = Deferred::<u32>::new();
            for _ in 0..1_000_000 {
                let inner = d;
                d = succeed(()).add_callback(|()| succeed(())).add_callback(move |_| inner);
            }
            match mode {
                0 => t.callback(1),
                1 => t.errback(Failure::msg("x")),
                2 => {
                    d.cancel();
                    drop(t)
                }
                _ => drop(t),
            }
            assert!(d.is_fired());
            drop(d);
            let (t, mut d) = Deferred::<u32>::new();
            let mut ts = vec![];
            for _ in 0..1_000_000 {
                let inner = d;
                let (t, p) = Deferred::<()>::new();
                ts.push(t);
                d = p.add_callback(move |_| inner);
            }
            for t in ts {
                t.callback(())
            }
            match mode {
                0 => t.callback(1),
                1 => t.errback(Failure::msg("x")),
                2 => {
                    d.cancel();
                    drop(t)
                }
                _ => drop(t),
            }
            assert!(d.is_fired());
            drop(d);
            // abandoned one after another
            let (t, d) = Deferred::<u32>::new();
            let mut t = t;
            let mut ds = vec![d];
            for _ in 0..1_000_000 {
                let (t2, d2) = Deferred::<u32>::new();
                let own = t2;
                let prev = ds.pop().unwrap();
                let b = ensure_deferred(async move {
                    let _own = own;
                    let _ = prev.await;
                    Ok::<_, Failure>(1u32)
                });
                b.detach();
                ds.push(d2);
            }
            drop(t);
            assert!(ds[0].is_fired());
        }
        let _ = unhandled_failures();
    });
}

//! scratch
use inline_callbacks::prelude::*;
use inline_callbacks::{ensure_deferred, fail, reactor, succeed};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[test]
fn io_before_run() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        use std::io::Write;
        let (mut s, _) = listener.accept().unwrap();
        s.write_all(b"poem").unwrap();
    });
    let d = ensure_deferred(async move {
        let mut s = tokio::net::TcpStream::connect(addr).await?;
        let mut t = String::new();
        s.read_to_string(&mut t).await?;
        s.shutdown().await?;
        Ok::<_, Failure>(t)
    });
    let d = d.add_both(|r| {
        reactor::stop();
        r
    });
    reactor::run();
    assert_eq!(inline_callbacks::testing::success_result_of(d), "poem");
    assert_eq!(reactor::block_on(|| succeed(3)).unwrap(), 3);
    assert!(reactor::block_on(|| fail::<u32>(Failure::msg("x"))).is_err());
    let t = Instant::now();
    reactor::call_later(Duration::from_millis(20), reactor::stop);
    reactor::run();
    assert!(t.elapsed() >= Duration::from_millis(20));
    let r = reactor::block_on(|| {
        reactor::run();
        Ok(())
    });
    println!("{:?}", r);
    reactor::stop();
    reactor::run();
    let h = reactor::handle();
    let t = std::thread::spawn(move || {
        let r = futures::executor::block_on(h.call(|| {
            println!("called");
            succeed(5)
        }));
        h.call_from_thread(reactor::stop);
        r
    });
    reactor::run();
    assert_eq!(t.join().unwrap().unwrap(), 5);
}
#[tokio::test]
async fn in_tokio() {
    let (t, d) = Deferred::<u32>::new();
    reactor::call_later(Duration::from_millis(2), move || t.callback(1));
    assert_eq!(d.await.unwrap(), 1);
    let (t, d) = Deferred::<u32>::new();
    reactor::call_later(Duration::ZERO, move || t.callback(1));
    assert_eq!(d.await.unwrap(), 1);
    println!("{:?}", std::panic::catch_unwind(|| reactor::run()).is_err());
}
#[tokio::test(flavor = "multi_thread")]
async fn in_tokio_mt() {
    let l = tokio::task::LocalSet::new();
    l.run_until(async {
        let (t, d) = Deferred::<u32>::new();
        reactor::call_later(Duration::from_millis(2), move || t.callback(1));
        assert_eq!(d.await.unwrap(), 1);
    })
    .await;
}

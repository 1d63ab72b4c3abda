"""Deferreds without inline callbacks."""

from time import perf_counter

from twisted.internet.defer import Deferred, DeferredLock, DeferredQueue, fail, gatherResults, passthru, succeed


def made(n):
    for _ in range(n):
        Deferred()


def succeeded(n):
    for _ in range(n):
        succeed(1)


def callback_before(n):
    for _ in range(n // 10):
        d = Deferred()
        for _ in range(10):
            d.addCallback(passthru)
        d.callback(1)


def callback_after(n):
    d = succeed(1)
    for _ in range(n):
        d.addCallback(passthru)


def both_before(n):
    for _ in range(n // 10):
        d = Deferred()
        for _ in range(10):
            d.addBoth(passthru)
        d.callback(1)


def callback_raises(n):
    for _ in range(n):
        d = succeed(1)
        d.addCallback(lambda _: 1 / 0)
        d.addErrback(lambda _: None)


def failed(n):
    for _ in range(n):
        d = fail(ValueError())
        d.addErrback(lambda _: None)


def chained(n):
    for _ in range(n):
        outer = Deferred()
        inner = Deferred()
        outer.addCallback(lambda _: inner)
        outer.callback(1)
        inner.callback(2)


def cancelled(n):
    for _ in range(n):
        d = Deferred()
        d.addErrback(lambda _: None)
        d.cancel()


def gathered(n):
    for _ in range(n // 100):
        deferreds = [Deferred() for _ in range(100)]
        gatherResults(deferreds)
        for d in deferreds:
            d.callback(1)


def lock_run(n):
    lock = DeferredLock()
    for _ in range(n):
        lock.run(passthru, 1)


def queue(n):
    queue = DeferredQueue()
    for _ in range(n):
        queue.put(1)
        queue.get()


def chain_of_many(n):
    innermost = d = Deferred()
    for _ in range(n):
        outer = Deferred()
        outer.addCallback(lambda _, d=d: d)
        outer.callback(1)
        d = outer
    start = perf_counter()
    innermost.callback(2)
    taken = perf_counter() - start
    assert d.result == 2
    return taken

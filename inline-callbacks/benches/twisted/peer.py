"""Twisted's side. Reads lines `operation times`, answers with the seconds that so many of it have taken.

The collector is off and what an empty loop costs is taken off, as in any measurement of single operations in Python.
"""

import gc
import sys
from time import perf_counter

from twisted.internet import reactor, task, threads
from twisted.internet.defer import (
    Deferred, DeferredLock, DeferredQueue, ensureDeferred, fail, gatherResults, inlineCallbacks, passthru, succeed,
)


@inlineCallbacks
def immediate(n):
    for _ in range(n):
        yield 1


@inlineCallbacks
def fired_reused(n):
    d = succeed(1)
    for _ in range(n):
        yield d


@inlineCallbacks
def fired(n):
    for _ in range(n):
        yield succeed(1)


def resume(n):
    deferreds = [Deferred() for _ in range(n)]

    @inlineCallbacks
    def body():
        for d in deferreds:
            yield d

    result = body()
    start = perf_counter()
    for d in deferreds:
        d.callback(1)
    taken = perf_counter() - start
    assert result.called
    return taken


def create_resume(n):
    slot = [None]

    @inlineCallbacks
    def body():
        for _ in range(n):
            d = slot[0] = Deferred()
            yield d

    result = body()
    for _ in range(n):
        slot[0].callback(1)
    assert result.called


def resume_failing(n):
    slot = [None]

    @inlineCallbacks
    def body():
        for _ in range(n):
            d = slot[0] = Deferred()
            try:
                yield d
            except ValueError:
                pass

    result = body()
    for _ in range(n):
        slot[0].errback(ValueError("x"))
    assert result.called


@inlineCallbacks
def at_once():
    return 1
    yield


@inlineCallbacks
def one_value():
    yield 1


@inlineCallbacks
def wait(d):
    yield d


@inlineCallbacks
def wait_and_return(d):
    value = yield d
    return value


async def coroutine():
    return 1


def call(n):
    for _ in range(n):
        at_once()


def call_immediate(n):
    for _ in range(n):
        one_value()


def call_resume(n):
    for _ in range(n):
        d = Deferred()
        wait(d)
        d.callback(1)


@inlineCallbacks
def inner_call(n):
    for _ in range(n):
        yield at_once()


@inlineCallbacks
def inner_coroutine(n):
    for _ in range(n):
        yield coroutine()


def await_fired(n):
    async def body():
        for _ in range(n):
            await succeed(1)

    ensureDeferred(body())


def await_coroutine(n):
    async def body():
        for _ in range(n):
            await coroutine()

    ensureDeferred(body())


def nested(depth, n):
    for _ in range(n // depth):
        innermost = d = Deferred()
        for _ in range(depth):
            d = wait_and_return(d)
        innermost.callback(1)
        assert d.result == 1


def nested_10(n):
    nested(10, n)


def nested_100(n):
    nested(100, n)


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


def call_cancelled(n):
    for _ in range(n):
        result = wait(Deferred())
        result.addErrback(lambda _: None)
        result.cancel()


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


@inlineCallbacks
def defer_later(n):
    for _ in range(n):
        yield task.deferLater(reactor, 0)


@inlineCallbacks
def defer_to_thread(n):
    for _ in range(n):
        yield threads.deferToThread(int)


def empty(n):
    for _ in range(n):
        pass


@inlineCallbacks
def seconds(operation, n):
    """Some operations say themselves what counts, and some end later than their call."""
    gc.collect()
    gc.disable()
    start = perf_counter()
    said = operation(n)
    if isinstance(said, Deferred):
        said = yield said
    taken = perf_counter() - start
    gc.enable()
    return taken if said is None else said


@inlineCallbacks
def answer():
    n = 100_000
    loops = []
    for _ in range(7):
        loops.append((yield seconds(empty, n)) / n)
    loop = min(loops)
    # Reading blocks the reactor, which has nothing else to do.
    for line in sys.stdin:
        name, n = line.split()
        taken = yield seconds(globals()[name], int(n))
        print(max(taken - loop * int(n), 0.0), flush=True)
    reactor.stop()


def main():
    answer().addErrback(lambda why: (why.printTraceback(), reactor.stop()))


reactor.callWhenRunning(main)
reactor.run()

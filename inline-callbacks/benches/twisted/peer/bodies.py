"""Inline callbacks that yield."""

from time import perf_counter

from twisted.internet.defer import Deferred, ensureDeferred, inlineCallbacks, succeed


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


async def coroutine():
    return 1


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

"""Calls of inline callbacks."""

from twisted.internet.defer import Deferred, inlineCallbacks


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


def call_cancelled(n):
    for _ in range(n):
        result = wait(Deferred())
        result.addErrback(lambda _: None)
        result.cancel()

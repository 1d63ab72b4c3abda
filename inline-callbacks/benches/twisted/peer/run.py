"""Twisted's side. Reads lines `module.operation times`, answers with the seconds that so many of it have taken.

The collector is off and what an empty loop costs is taken off, as in any measurement of single operations in Python.
"""

import gc
import importlib
import sys
from time import perf_counter

from twisted.internet import reactor
from twisted.internet.defer import Deferred, inlineCallbacks


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
        path, n = line.split()
        module, name = path.split(".")
        operation = getattr(importlib.import_module(module), name)
        taken = yield seconds(operation, int(n))
        print(max(taken - loop * int(n), 0.0), flush=True)
    reactor.stop()


def main():
    answer().addErrback(lambda why: (why.printTraceback(), reactor.stop()))


reactor.callWhenRunning(main)
reactor.run()

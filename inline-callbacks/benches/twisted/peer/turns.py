"""What takes a turn of the reactor."""

from twisted.internet import reactor, task, threads
from twisted.internet.defer import inlineCallbacks


@inlineCallbacks
def defer_later(n):
    for _ in range(n):
        yield task.deferLater(reactor, 0)


@inlineCallbacks
def defer_to_thread(n):
    for _ in range(n):
        yield threads.deferToThread(int)

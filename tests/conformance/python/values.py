"""Failures and values of the scenarios, and how they are shown."""

from twisted.internet import defer
from twisted.python.failure import Failure


class Boom(Exception):
    """A failure of the scenario's own; its text is all there is to it."""


class AllFailed(Boom):
    """What goes on from a combinator that had no success."""


def boom(number):
    return Boom("boom-%d" % number)


def show(result):
    if not isinstance(result, Failure):
        return str(result)
    error = result.value
    if isinstance(error, defer.CancelledError):
        return "Cancelled"
    if isinstance(error, defer.TimeoutError):
        return "TimedOut"
    if isinstance(error, defer.FirstError):
        return "FirstError#%d(%s)" % (error.index, show(error.subFailure))
    if isinstance(error, defer.FailureGroup):
        return "AllFailed[%s]" % ", ".join(map(show, error.failures))
    if isinstance(error, defer.QueueUnderflow):
        return "QueueUnderflow"
    if isinstance(error, Boom):
        return str(error)
    if isinstance(error, ValueError):
        return str(error)
    return "%s: %s" % (type(error).__name__, error)


def kind_of(tagged):
    """The variant of an enumeration, and what it carries."""
    if isinstance(tagged, str):
        return tagged, None
    return next(iter(tagged.items()))

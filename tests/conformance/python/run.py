"""Runs scenarios with Twisted: one scenario (JSON) a line on stdin, one trace (a JSON list of lines) a line on stdout.

The language is that of language.rs, the books are those of books.rs. Nothing of Twisted is replaced.
"""

import gc
import json
import sys
import warnings
import weakref

from twisted.internet import defer, task
from twisted.internet.defer import Deferred
from twisted.logger import globalLogBeginner, globalLogPublisher
from twisted.python.failure import Failure

import blocks
from books import ANSWERS, COMPLEX, Books, traits_of_body, traits_of_call
from tools import Tools
from values import Boom, boom, kind_of, show


def is_there(deferred):
    """Whether a callback that is added now would run at once."""
    return deferred.called and not deferred.paused and not isinstance(deferred.result, Deferred)


class World(Tools):
    """The tables of one run, and its trace."""

    def __init__(self):
        self.lines, self.closed, self.depth = [], False, 0
        self.clock, self.books, self.bound = task.Clock(), Books(), set()
        self.deferreds, self.triggers, self.handles, self.pauses = {}, {}, {}, {}
        self.calls, self.locks, self.queues, self.loops = {}, {}, {}, {}

    # ----- The trace --------------------------------------------------------------------------------------------

    def line(self, line):
        self.collect()
        self.lines.append(line) if not self.closed else None

    def collect(self):
        """Has every failure reported that nobody will see: Twisted reports when the Deferred is collected."""
        for name, kept in list(self.triggers.items()):
            # A trigger of the language keeps no Deferred alive that has fired.
            if isinstance(kept, Deferred) and kept.called:
                self.triggers[name] = weakref.ref(kept)
        for kept in gc.get_objects():
            # A traceback keeps the frames alive through which its error went, and so all that they know.
            if type(kept) is Failure and (kept.tb or kept.value.__traceback__):
                kept.cleanFailure()
        kept = None
        gc.collect()

    def unhandled(self, failure):
        if not self.closed:
            self.lines.append("unhandled " + show(failure))

    def bind(self, kind, name):
        if (kind, name) in self.bound:
            self.line("%s %d is taken" % (kind, name))
            return False
        self.bound.add((kind, name))
        return True

    def take(self, name):
        return self.deferreds.pop(name) if self.is_held(name) else None

    def is_held(self, name):
        if name not in self.deferreds:
            self.line("%d is not held" % name)
            return False
        return True

    def take_trigger(self, name):
        """The Deferred to fire, in a list that the caller empties; `None` if there is none."""
        if name not in self.triggers:
            self.line("%d has no trigger" % name)
            return None
        return [self.triggers.pop(name)]

    def is_top(self, what):
        if self.depth:
            self.line("%s: not in here" % what)
        return not self.depth

    def enter(self, node):
        self.depth += 1
        self.books.enter(node)

    def leave(self, node):
        self.depth -= 1
        self.books.leave(node)

    def end(self):
        for name in sorted(self.deferreds):
            shown = ["pending"]
            self.deferreds.pop(name).addBoth(lambda result: shown.__setitem__(0, show(result)))
            self.line("end %d: %s" % (name, shown[0]))
        self.line("")
        self.lines.pop()
        # What is reported only now belongs to deliberate differences: the rules look for it after this line.
        self.lines.append("collected at the end")
        for table in (self.handles, self.deferreds, self.triggers, self.pauses, self.calls):
            table.clear()
        self.locks, self.queues, self.loops, self.clock = {}, {}, {}, None
        reported = self.lines
        self.line = lambda line: None
        self.run_ops = lambda ops: None
        gc.collect()
        self.closed = True
        return reported

    # ----- Operations -------------------------------------------------------------------------------------------

    def run_ops(self, ops):
        for op in ops:
            getattr(self, "op_" + op["op"])(**{key: value for key, value in op.items() if key != "op"})

    def op_make(self, d, canceller):
        if self.bind("deferred", d):
            self.line("make %d" % d)
            deferred = self.pending(str(d), canceller)
            if kind_of(canceller)[0] in ("value", "fail"):
                self.books.admit(d, ANSWERS)
            self.triggers[d] = self.deferreds[d] = deferred

    def pending(self, label, canceller):
        kind, what = kind_of(canceller)
        if kind == "none":
            return Deferred()

        def cancel(deferred):
            self.line("canceller " + label)
            # It counts as user code, but not as a run of the node: see the other runner.
            self.depth += 1
            if kind == "value":
                deferred.callback(what)
            elif kind == "fail":
                deferred.errback(boom(what))
            self.depth -= 1

        return Deferred(cancel)

    def hold_new(self, d, line, make):
        if self.bind("deferred", d):
            self.line(line)
            self.deferreds[d] = make()

    def op_succeed(self, d, value):
        self.hold_new(d, "succeed %d %d" % (d, value), lambda: defer.succeed(value))

    def op_fail(self, d, boom):
        self.hold_new(d, "fail %d %d" % (d, boom), lambda: defer.fail(Boom("boom-%d" % boom)))

    def op_add(self, d, on, call):
        if not self.is_held(d) or not self.may_add(d, [(call, on)]):
            return
        if is_there(self.deferreds[d]) and d not in self.books.calling:
            self.books.merge(d, call)
        deferred = self.take(d)
        self.line("add %d to %d" % (call["id"], d))
        add = {"callback": deferred.addCallback, "errback": deferred.addErrback, "both": deferred.addBoth}[on]
        add(lambda result: self.call(call, d, result))
        self.deferreds[d] = deferred
        self.line("/add to %d" % d)

    def op_add_pair(self, d, call, other):
        if not self.is_held(d) or not self.may_add(d, [(call, "callback"), (other, "errback")]):
            return
        if is_there(self.deferreds[d]) and d not in self.books.calling:
            self.books.merge(d, call)
            self.books.merge(d, other)
        deferred = self.take(d)
        self.line("add %d or %d to %d" % (call["id"], other["id"], d))
        deferred.addCallbacks(
            lambda result: self.call(call, d, result), lambda failure: self.call(other, d, failure)
        )
        self.deferreds[d] = deferred
        self.line("/add to %d" % d)

    def may_add(self, d, calls):
        new = 0
        for call, on in calls:
            new |= traits_of_call(call, on)
        may = self.books.admit(d, new)
        if not may:
            self.line("add to %d: not here" % d)
        return may

    def op_fire(self, d, value):
        self.fire(d, str(value), lambda deferred: deferred.callback(value))

    def op_fire_failure(self, d, boom):
        self.fire(d, "boom-%d" % boom, lambda deferred: deferred.errback(Boom("boom-%d" % boom)))

    def fire(self, d, shown, fire):
        taken = self.take_trigger(d)
        if taken is None:
            return
        self.line("fire %d %s" % (d, shown))
        if isinstance(taken[0], weakref.ref):
            taken[0] = taken[0]()
        if taken[0] is not None:
            try:
                fire(taken.pop())
            except defer.AlreadyCalledError:
                self.line("late %d" % d)
        self.line("/fire %d" % d)

    def op_chain(self, d, into):
        if not self.is_held(d):
            return
        if self.books.is_above(d, into) or self.books.is_above(into, d):
            return self.line("chain %d into %d: a circle" % (d, into))
        target = self.triggers.get(into)
        if isinstance(target, weakref.ref) or (target is not None and target.called):
            return self.line("chain %d into %d: it was cancelled" % (d, into))
        if not self.books.admit(into, COMPLEX):
            return self.line("chain %d into %d: not here" % (d, into))
        taken = self.take_trigger(into)
        if taken is None:
            return
        deferred = self.take(d)
        self.books.open_complex(into)
        self.line("chain %d into %d" % (d, into))
        deferred.chainDeferred(taken.pop())
        deferred = target = None
        self.line("/chain %d" % d)

    def may_cancel(self, d):
        why_not = self.books.why_not_cancel(d)
        if why_not:
            self.line("cancel %d: %s" % (d, why_not))
        return not why_not

    def op_cancel(self, d):
        if not self.is_held(d) or not self.may_cancel(d):
            return
        deferred = self.take(d)
        self.line("cancel %d" % d)
        deferred.cancel()
        self.deferreds[d] = deferred
        deferred = None
        self.line("/cancel %d" % d)

    def op_handle(self, d):
        if self.is_held(d):
            self.line("handle %d" % d)
            self.handles[d] = weakref.ref(self.deferreds[d])

    def op_cancel_handle(self, d):
        if d not in self.handles:
            return self.line("%d has no handle" % d)
        if self.books.is_merged_into_another(d):
            self.line("cancel_handle %d: not here" % d)
        elif self.may_cancel(d):
            self.line("cancel_handle %d" % d)
            deferred = self.handles[d]()
            if deferred is not None:
                deferred.cancel()
            deferred = None
            self.line("/cancel_handle %d" % d)

    def op_pause(self, d):
        if self.is_top("pause") and self.is_held(d):
            if not self.books.pause(d):
                return self.line("pause %d: not here" % d)
            self.line("pause %d" % d)
            self.deferreds[d].pause()
            self.pauses.setdefault(d, []).append(self.deferreds[d])

    def op_unpause(self, d):
        if not self.pauses.get(d):
            return self.line("%d is not paused" % d)
        paused = [self.pauses[d].pop()]
        if not self.pauses[d]:
            self.books.unpause(d)
        self.line("unpause %d" % d)
        paused.pop().unpause()
        self.line("/unpause %d" % d)

    def op_peek(self, d):
        if self.is_top("peek") and self.is_held(d):
            deferred = self.deferreds[d]
            self.line("peek %d: %s" % (d, show(deferred.result) if is_there(deferred) else "nothing"))

    def op_drop(self, d):
        if d in self.books.lists or d in self.books.races:
            return self.line("drop %d: it is a list" % d)
        deferred = self.take(d)
        if deferred is not None:
            self.line("drop %d" % d)
            deferred = None
            self.line("/drop %d" % d)

    def op_timeout(self, d, after):
        if not self.is_held(d):
            return
        if not self.books.limit(d):
            return self.line("timeout %d: not here" % d)
        self.line("timeout %d %d" % (d, after))
        self.deferreds[d].addTimeout(after, self.clock)

    def op_later(self, call, after, ops):
        if not self.bind("call", call):
            return
        self.line("later %d" % call)

        def later():
            self.depth += 1
            self.line("call %d" % call)
            self.run_ops(ops)
            self.line("/call %d" % call)
            self.depth -= 1

        self.calls[call] = self.clock.callLater(after, later)

    def change_call(self, call, what, change):
        if call not in self.calls:
            return self.line("call %d is unknown" % call)
        active = self.calls[call].active()
        if active:
            change(self.calls[call])
        self.line("%s call %d: %s" % (what, call, "done" if active else "over"))

    def op_cancel_call(self, call):
        self.change_call(call, "cancel", lambda call: call.cancel())

    def op_reset_call(self, call, after):
        self.change_call(call, "reset", lambda delayed: delayed.reset(after + call / 512))
        if call in self.calls:
            self.books.moved.add(call)

    def op_delay_call(self, call, after):
        if call in self.calls and call not in self.books.moved:
            self.books.moved.add(call)
            after += call / 512
        self.change_call(call, "delay", lambda delayed: delayed.delay(after))

    def op_defer_later(self, d, after, call):
        self.books.admit(d, traits_of_call(call, "callback"))
        self.hold_new(
            d,
            "defer_later %d" % d,
            lambda: task.deferLater(self.clock, after, lambda: self.call(call, d, 0)),
        )

    def op_advance(self, by):
        if self.is_top("advance"):
            self.line("advance %d" % by)
            self.clock.advance(by)
            self.line("/advance")

    def op_start(self, d, body):
        if self.bind("deferred", d):
            self.line("start %d" % d)
            self.books.admit(d, traits_of_body(body))
            self.books.bodies.add(d)
            self.deferreds[d] = self.body(body, d)
            self.line("/start %d" % d)

    def op_block(self, block):
        if self.is_top("block"):
            self.line("block %s {" % block["kind"])
            blocks.run(self, dict(block))
            self.line("} block")

    # ----- Callbacks and bodies ---------------------------------------------------------------------------------

    def call(self, call, node, result):
        self.depth += 1
        self.books.calling.append(node)
        try:
            self.line("%d got %s" % (call["id"], show(result)))
            self.run_ops(call.get("ops", []))
            return self.outcome(call["then"], node, result)
        finally:
            self.books.calling.pop()
            self.depth -= 1

    def outcome(self, then, node, result):
        kind, what = kind_of(then)
        if kind == "pass":
            return result
        if kind == "value":
            return what
        if kind == "fired":
            return defer.succeed(what)
        if kind == "fail":
            return Failure(boom(what))
        if kind == "failed":
            return defer.fail(boom(what))
        if kind == "raise":
            raise Boom("raised-%d" % what)
        if kind == "deferred" and what in self.books.calling:
            self.line("%d is kept: it runs" % what)
            return 0
        if kind == "deferred":
            return self.give_to(node, what) or 0
        return self.start_for(node, what)

    def give_to(self, node, name):
        if self.closed or not self.is_held(name):
            return None
        if not self.books.adopt(node, name):
            self.line("%d is kept" % name)
            return None
        return self.take(name)

    def start_for(self, node, body):
        own = self.books.new_node()
        self.books.admit(own, traits_of_body(body))
        if not self.books.adopt(node, own):
            self.line("body %d is kept" % body["id"])
            return defer.succeed(0)
        return self.body(body, own)

    def operand(self, wait, node):
        kind, what = kind_of(wait)
        if kind == "value":
            return what
        if kind == "fired":
            return defer.succeed(what)
        if kind == "failed":
            return defer.fail(boom(what))
        if kind == "deferred":
            return self.give_to(node, what) or defer.succeed(0)
        if kind == "start":
            return self.start_for(node, what)
        if kind == "later":
            return task.deferLater(self.clock, what, lambda: 0)
        return self.get_item(what) or defer.succeed(0)

    @defer.inlineCallbacks
    def body(self, body, node):
        self.enter(node)
        self.line("body %d begins" % body["id"])
        total, ended = 0, None
        for position, step in enumerate(body["steps"]):
            at = "body %d.%d" % (body["id"], position)
            self.run_ops(step.get("ops", []))
            kind, what = kind_of(step["otherwise"])
            tries = what if kind == "retry" else 0
            while True:
                operand = [self.operand(step["wait"], node)]
                self.leave(node)
                try:
                    result = yield operand.pop()
                except Exception as error:
                    result = Failure(error)
                self.enter(node)
                self.line("%s got %s" % (at, show(result)))
                if not isinstance(result, Failure) or not tries:
                    break
                tries -= 1
            if not isinstance(result, Failure):
                total += result
                continue
            if kind in ("propagate", "retry"):
                ended = result
            elif kind == "fail":
                ended = Failure(boom(what))
            elif kind == "return":
                ended = what
            elif kind == "clean_up":
                operand = [self.operand(what, node)]
                self.leave(node)
                try:
                    cleaned = yield operand.pop()
                except Exception as error:
                    cleaned = Failure(error)
                self.enter(node)
                self.line("%s cleaned up with %s" % (at, show(cleaned)))
                ended = cleaned if isinstance(cleaned, Failure) else result
                cleaned = None
            result = None
            if ended is not None:
                break
        kind, what = kind_of(body["end"])
        if ended is None and kind == "fail":
            ended = Failure(boom(what))
        elif ended is None and kind == "raise":
            ended = Failure(Boom("raised-%d" % what))
        elif ended is None:
            ended = total
        self.line("body %d ends %s" % (body["id"], show(ended)))
        self.leave(node)
        if isinstance(ended, Failure):
            error, ended = ended.value, None
            raise error
        return ended


def main():
    warnings.simplefilter("ignore")
    current = [None]

    def observe(event):
        if current[0] is not None and event.get("log_failure") is not None:
            current[0].unhandled(event["log_failure"])

    globalLogBeginner.beginLoggingTo([observe], redirectStandardIO=False, discardBuffer=True)
    gc.disable()
    for text in sys.stdin:
        ops = json.loads(text)["ops"]
        # Nothing that is there already is garbage that anybody waits for: collecting need not look at it.
        gc.freeze()
        world = current[0] = World()
        try:
            world.run_ops(ops)
            lines = world.end()
        except Exception:
            import traceback

            lines = world.lines + ["the runner failed"] + traceback.format_exc().splitlines()
        current[0] = world = None
        gc.collect()
        sys.stdout.write(json.dumps(lines) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

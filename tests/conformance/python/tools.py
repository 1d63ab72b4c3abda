"""The operations on combinators, locks, queues and loops."""

from twisted.internet import defer, task
from twisted.python.failure import Failure

from books import traits_of_call
from values import AllFailed, show


class Locked:
    def __init__(self, tokens):
        self.lock = defer.DeferredLock() if tokens <= 1 else defer.DeferredSemaphore(tokens)
        self.guards = self.runs = 0

    def available(self):
        if isinstance(self.lock, defer.DeferredLock):
            return 0 if self.lock.locked else 1
        return self.lock.tokens


class Tools:
    """The part of a World that uses them."""

    # ----- Combinators ------------------------------------------------------------------------------------------

    def parts(self, d, names):
        taken = []
        for name in names:
            part = self.give_to(d, name)
            if part is not None:
                part.addBoth(self.show_part, len(taken), d)
                taken.append(part)
        return taken

    def show_part(self, result, position, d):
        self.line("part %d of %d: %s" % (position, d, show(result)))
        return result

    def op_gather(self, d, parts):
        if not self.bind("deferred", d):
            return
        self.line("gather %d" % d)
        self.books.open_list(d)
        parts = self.parts(d, parts)
        self.line("gathering %d" % d)
        gathered = defer.gatherResults(parts, consumeErrors=True)

        def shown(result):
            self.books.close(d)
            self.line("gathered %d: %s" % (d, show(result)))
            return result if isinstance(result, Failure) else sum(result)

        self.deferreds[d] = gathered.addBoth(shown)
        gathered = parts = None
        self.line("/gather %d" % d)

    def op_list(self, d, parts, until, consume):
        if not self.bind("deferred", d):
            return
        self.line("list %d" % d)
        self.books.open_list(d)
        parts = self.parts(d, parts)
        if not parts and until == "one_callback":
            return self.line("list %d of nothing" % d)
        self.line("gathering %d" % d)
        gathered = defer.DeferredList(
            parts,
            fireOnOneCallback=until == "one_callback",
            fireOnOneErrback=until == "one_errback",
            consumeErrors=consume,
        )

        def shown(result):
            self.books.close(d)
            if isinstance(result, Failure):
                self.line("list %d: %s" % (d, show(result)))
                return result
            if isinstance(result, tuple):
                self.line("list %d: %d from %d" % ((d,) + result))
                return result[0]
            everything = ", ".join(show(one) for _, one in result)
            if until == "one_callback":
                # Twisted gives a list instead of a pair; what becomes of it is the same on both sides.
                self.line("list %d: only failures [%s]" % (d, everything))
                return Failure(AllFailed("AllFailed"))
            self.line("list %d: [%s]" % (d, everything))
            return sum(one for good, one in result if good)

        self.deferreds[d] = gathered.addBoth(shown)
        gathered = parts = None
        self.line("/list %d" % d)

    def op_race(self, d, parts):
        if not self.bind("deferred", d):
            return
        self.line("race %d" % d)
        self.books.open_complex(d)
        self.books.races.add(d)
        parts = self.parts(d, parts)
        if not parts:
            return self.line("race %d of nothing" % d)
        self.line("gathering %d" % d)
        raced = defer.race(parts)

        def shown(result):
            self.books.close(d)
            if isinstance(result, Failure):
                self.line("race %d: %s" % (d, show(result)))
                return Failure(AllFailed("AllFailed")) if result.check(defer.FailureGroup) else result
            self.line("race %d: %d from %d" % (d, result[1], result[0]))
            return result[1]

        self.deferreds[d] = raced.addBoth(shown)
        raced = parts = None
        self.line("/race %d" % d)

    # ----- Locks, queues, loops ---------------------------------------------------------------------------------

    def op_new_lock(self, lock, tokens):
        if self.bind("lock", lock):
            self.line("lock %d" % lock)
            self.locks[lock] = Locked(tokens)

    def look_at_lock(self, lock):
        if lock not in self.locks:
            self.line("there is no lock %d" % lock)
            return None
        return self.locks[lock]

    def op_acquire(self, lock, d):
        locked = self.look_at_lock(lock)
        if locked is None:
            return
        if not locked.available() and locked.runs:
            return self.line("acquire %d: a call has it" % lock)

        def acquired(result):
            if isinstance(result, Failure):
                self.line("%d has no lock %d: %s" % (d, lock, show(result)))
                return result
            self.line("%d has lock %d" % (d, lock))
            locked.guards += 1
            return 0

        self.hold_new(d, "acquire %d as %d" % (lock, d), lambda: locked.lock.acquire().addBoth(acquired))

    def op_release(self, lock):
        if not self.is_top("release"):
            return
        if lock not in self.locks or not self.locks[lock].guards:
            return self.line("nothing of lock %d to release" % lock)
        self.line("release %d" % lock)
        self.locks[lock].guards -= 1
        self.locks[lock].lock.release()
        self.line("/release %d" % lock)

    def op_run_locked(self, lock, d, call):
        locked = self.look_at_lock(lock)
        if locked is None:
            return
        if locked.lock.waiting or (not locked.available() and locked.runs):
            return self.line("run with %d: somebody waits" % lock)
        if not self.bind("deferred", d):
            return
        self.line("run with %d as %d" % (lock, d))
        locked.runs += 1
        self.books.merged.add(d)
        self.books.admit(d, traits_of_call(call, "callback"))

        def ran(result):
            self.line("%d ran with %d: %s" % (d, lock, show(result)))
            locked.runs -= 1
            return result

        self.deferreds[d] = locked.lock.run(lambda: self.call(call, d, 0)).addBoth(ran)
        self.line("/run with %d" % lock)

    def op_new_queue(self, queue, size, backlog):
        if self.bind("queue", queue):
            self.line("queue %d" % queue)
            self.queues[queue] = defer.DeferredQueue(size, backlog)

    def look_at_queue(self, queue):
        if queue not in self.queues:
            self.line("there is no queue %d" % queue)
            return None
        return self.queues[queue]

    def op_put(self, queue, value):
        items = self.look_at_queue(queue)
        if items is None:
            return
        if items.waiting and self.depth:
            return self.line("put to %d: somebody waits" % queue)
        self.line("put %d to %d" % (value, queue))
        overflow = ""
        try:
            items.put(value)
        except defer.QueueOverflow:
            overflow = ": overflow"
        self.line("/put to %d%s" % (queue, overflow))

    def get_item(self, queue):
        items = self.look_at_queue(queue)
        if items is None:
            return None

        def got(result):
            self.line("item of %d: %s" % (queue, show(result)))
            return result

        # Twisted raises QueueUnderflow, which the language makes a failure.
        return defer.maybeDeferred(items.get).addBoth(got)

    def op_get(self, queue, d):
        if self.look_at_queue(queue) is not None and self.bind("deferred", d):
            self.line("get from %d as %d" % (queue, d))
            self.deferreds[d] = self.get_item(queue)

    def op_loop(self, looping, d, every, now, call):
        if every == 0 or not self.bind("loop", looping) or not self.bind("deferred", d):
            return
        self.line("loop %d as %d" % (looping, d))
        self.books.open_complex(d)
        loop = task.LoopingCall(lambda: self.call(call, d, 0))
        loop.clock = self.clock
        self.loops[looping] = loop

        def ended(result):
            self.books.close(d)
            result = result if isinstance(result, Failure) else 0
            self.line("loop %d ended: %s" % (looping, show(result)))
            return result

        self.deferreds[d] = loop.start(every, now).addBoth(ended)
        self.line("/loop %d" % looping)

    def change_loop(self, looping, what):
        if looping not in self.loops or not self.loops[looping].running:
            return self.line("loop %d does not run" % looping)
        self.line("%s loop %d" % (what, looping))
        getattr(self.loops[looping], what)()
        self.line("/%s loop %d" % (what, looping))

    def op_stop_loop(self, looping):
        self.change_loop(looping, "stop")

    def op_reset_loop(self, looping):
        self.change_loop(looping, "reset")

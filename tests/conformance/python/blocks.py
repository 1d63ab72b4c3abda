"""The deliberate differences of blocks.rs, run with Twisted; expect.rs says what each of them writes."""

from twisted.internet import defer, task
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from values import boom, show


def run(world, block):
    globals()[block.pop("kind")](world, **block)


def show_anything(result):
    if isinstance(result, list):
        return "[%s]" % ", ".join(show_anything(one) for one in result)
    if isinstance(result, tuple) and isinstance(result[0], bool):
        return show(result[1])
    if isinstance(result, tuple):
        return "%d from %d" % (result[1], result[0])
    return show(result)


def watch(world, deferred):
    def got(result):
        world.line("got " + show_anything(result))

    return deferred.addBoth(got)


def raised(world, function, *arguments):
    try:
        function(*arguments)
    except Exception as error:
        world.line("raised " + (type(error).__name__ if isinstance(error, RecursionError) else str(error)))


def labelled(world, parts):
    def show_part(result, position):
        world.line("part %d: %s" % (position, show_anything(result)))
        return result

    return [
        world.pending("of part %d" % position, canceller).addBoth(show_part, position)
        for position, canceller in enumerate(parts)
    ]


def raising(world):
    def canceller(_):
        world.line("canceller")
        raise ValueError("raised-1")

    return Deferred(canceller)


@defer.inlineCallbacks
def two_waits(world, first, second):
    for deferred in (first, second):
        try:
            result = yield deferred
        except Exception as error:
            result = Failure(error)
        world.line("body got " + show_anything(result))
    return result


def abandon(world):
    deferred = Deferred()
    watch(world, deferred)
    world.line("dropping")
    del deferred
    world.line("dropped")


def abandon_inside(world):
    deferred = [Deferred()]
    watch(world, deferred[0])

    def callback(_):
        deferred.clear()
        world.line("callback ends")

    defer.succeed(None).addCallback(callback)
    world.line("after")


def cancel_in_canceller(world):
    times = []

    def canceller(deferred):
        if not times:
            world.line("canceller")
            times.append(1)
        deferred.cancel()

    deferred = Deferred(canceller)
    watch(world, deferred)
    raised(world, deferred.cancel)


def raising_canceller(world):
    deferred = raising(world)
    watch(world, deferred)
    raised(world, deferred.cancel)


def raising_canceller_at_timeout(world):
    clock, deferred = task.Clock(), raising(world)
    watch(world, deferred.addTimeout(1, clock))
    raised(world, clock.advance, 1)


def raising_canceller_in_body(world):
    deferred = raising(world)
    body = two_waits(world, deferred, defer.succeed(0))
    watch(world, body)
    body.cancel()
    world.line("cancelled")
    deferred.callback(5)


def cancel_itself(world):
    first, second = Deferred(), world.pending("of the second", "nothing")
    own = []

    @defer.inlineCallbacks
    def body():
        yield first
        world.line("cancelling")
        own[0].cancel()
        world.line("goes on")
        result = yield second
        world.line("body got " + show_anything(result))
        return result

    own.append(body())
    watch(world, own[0])
    first.callback(1)
    world.line("fired")
    second.callback(2)
    world.line("fired again")


def cancel_gather(world, parts):
    gathered = defer.gatherResults(labelled(world, parts), consumeErrors=True)
    watch(world, gathered)
    gathered.cancel()


def cancel_list(world, parts):
    gathered = defer.DeferredList(labelled(world, parts), consumeErrors=True)
    watch(world, gathered)
    gathered.cancel()


def cancel_race(world, parts):
    raced = defer.race(labelled(world, parts))
    watch(world, raced)
    raced.cancel()


def of_nothing(world):
    world.line("race")
    watch(world, defer.race([]))
    world.line("list")
    watch(world, defer.DeferredList([], fireOnOneCallback=True))
    world.line("end")


def locked_jobs(world, jobs):
    lock = defer.DeferredLock()
    lock.acquire()

    def job(number, ends_well):
        world.line("job %d" % number)
        return 1 if ends_well else Failure(boom(1))

    def show_result(result, number):
        world.line("result %d: %s" % (number, show_anything(result)))

    for number, ends_well in enumerate(jobs):
        lock.run(job, number, ends_well).addBoth(show_result, number)
    lock.release()
    world.line("released")


def release_inside(world):
    lock = defer.DeferredLock()
    lock.acquire()

    def second(_):
        world.line("second has it")

    lock.acquire().addCallback(second)

    def callback(_):
        world.line("releasing")
        lock.release()
        world.line("released")

    defer.succeed(None).addCallback(callback)
    world.line("after")


def put_inside(world):
    queue = defer.DeferredQueue()
    watch(world, queue.get())

    def callback(_):
        world.line("putting")
        queue.put(1)
        world.line("put")

    defer.succeed(None).addCallback(callback)
    world.line("after")


def pause_inside(world):
    deferred = Deferred()

    def first(result):
        world.line("first")
        deferred.pause()
        return result

    def second(result):
        world.line("second")

    deferred.addCallback(first).addCallback(second)
    deferred.callback(1)
    world.line("fired")
    deferred.unpause()
    world.line("unpaused")


def paused_result(world):
    deferred = defer.succeed(1)
    deferred.pause()
    world.line("fired: " + str(deferred.called).lower())
    deferred.unpause()


def timeout_of_body(world):
    clock, first, second = task.Clock(), Deferred(), Deferred()
    watch(world, two_waits(world, first, second).addTimeout(1, clock))
    clock.advance(1)
    world.line("advanced")
    second.callback(7)
    world.line("fired")


def cancel_loop(world):
    clock = task.Clock()
    looping = task.LoopingCall(lambda: world.line("tick"))
    looping.clock = clock
    ended = looping.start(1)
    watch(world, ended)
    ended.cancel()
    world.line("cancelled")
    clock.advance(1)
    world.line("advanced")


def drop_in_line(world):
    queue = defer.DeferredQueue()
    queue.get()
    queue.put(1)
    world.line("put")
    world.line("second has it: " + str(queue.get().called).lower())


def cancel_paused_body(world):
    body = two_waits(world, Deferred(), defer.succeed(0))
    body.pause()
    watch(world, body)
    body.cancel()
    world.line("cancelled")
    body.unpause()
    world.line("unpaused")


def pause_merged(world):
    inner, outer = Deferred(), defer.succeed(0)

    def show_inner(result):
        world.line("inner got " + show_anything(result))
        return result

    inner.addCallback(show_inner)
    outer.addCallback(lambda _: inner)
    outer.pause()
    watch(world, outer)
    inner.callback(1)
    world.line("fired")
    outer.unpause()
    world.line("unpaused")


def cancel_fired_list(world):
    inner = world.pending("of the inner", "nothing")
    gathered = defer.gatherResults([]).addCallback(lambda _: inner)
    watch(world, gathered)
    gathered.cancel()
    world.line("cancelled")


def return_running(world):
    deferred = Deferred()

    def callback(result):
        world.line("callback got " + show_anything(result))
        watch(world, defer.succeed(0).addCallback(lambda _: deferred))
        return 18

    deferred.addCallback(callback)
    deferred.callback(91)
    world.line("fired")


def same_time(world):
    clock = task.Clock()
    moved = clock.callLater(1, world.line, "moved")
    clock.callLater(2, world.line, "other")
    moved.reset(2)
    clock.advance(2)
    world.line("advanced")


def drop_gather(world):
    first, second = Deferred(), Deferred()
    gathered = defer.gatherResults([first, second], consumeErrors=True)
    del gathered
    second.errback(boom(1))
    world.line("failed")
    first.callback(1)
    del first
    world.line("fired")


def timeout_of_paused(world):
    clock, deferred = task.Clock(), Deferred()
    deferred.pause()
    watch(world, two_waits(world, deferred, defer.succeed(0)).addTimeout(1, clock))
    clock.advance(1)
    world.line("advanced")
    deferred.unpause()
    world.line("unpaused")


def cancel_fed(world):
    source, fed = world.pending("upstream", "nothing"), Deferred()
    source.chainDeferred(fed)
    watch(world, fed)
    fed.cancel()
    world.line("cancelled")
    source.callback(1)
    world.line("fired")

"""The books of books.rs, kept alike."""

from values import kind_of

COMPLEX, NOISY, GOES_ON_AFTER_FAILURE, GOES_ON_AFTER_VALUE, ANSWERS = 1, 2, 4, 8, 16
PAUSED, WAITS_FOR_PAUSED = 32, 64
FIRST_NAMELESS = 1000


class Books:
    def __init__(self):
        self.parents, self.traits = {}, {}
        self.running, self.open = [], set()
        self.limited, self.races, self.bodies, self.merged = set(), set(), set(), set()
        self.lists, self.calling, self.moved = set(), [], set()
        self.nameless = 0

    def new_node(self):
        self.nameless += 1
        return FIRST_NAMELESS + self.nameless - 1

    def enter(self, node):
        self.running.append(node)

    def leave(self, node):
        for at in range(len(self.running) - 1, -1, -1):
            if self.running[at] == node:
                del self.running[at]
                return

    def open_complex(self, node):
        self.open.add(node)
        self.traits[node] = self.traits.get(node, 0) | COMPLEX

    def open_list(self, node):
        self.open_complex(node)
        self.lists.add(node)

    def close(self, node):
        self.open.discard(node)

    def lineage(self, node):
        line = [node]
        while line[-1] in self.parents:
            line.append(self.parents[line[-1]])
        return line

    def is_above(self, above, below):
        return above in self.lineage(below)

    def why_not_cancel(self, node):
        if any(self.is_above(node, running) for running in self.running):
            return "it runs"
        if any(self.is_above(node, opened) for opened in self.open):
            return "it is complex"
        return None

    def admit(self, node, new):
        line = self.lineage(node)
        for above in line:
            if above in self.races and new & (COMPLEX | NOISY):
                return False
            if above in self.limited and not can_be_limited(self.traits.get(above, 0) | new):
                return False
        for above in line:
            self.traits[above] = self.traits.get(above, 0) | new
        return True

    def adopt(self, parent, child):
        new = self.traits.get(child, 0)
        if new & PAUSED:
            new = new & ~PAUSED | WAITS_FOR_PAUSED
        if self.is_above(child, parent) or not self.admit(parent, new):
            return False
        if parent in self.lists:
            self.open.add(parent)
        self.parents[child] = parent
        return True

    def note_pause(self, node):
        if node in self.limited and not can_be_limited(self.traits.get(node, 0) | PAUSED):
            return False
        if node in self.parents and not self.admit(self.parents[node], WAITS_FOR_PAUSED):
            return False
        self.traits[node] = self.traits.get(node, 0) | PAUSED
        return True

    def merge(self, node, call):
        if kind_of(call["then"])[0] in ("deferred", "start"):
            self.merged.add(node)

    def is_merged_into_another(self, node):
        return self.parents.get(node) in self.merged

    def pause(self, node):
        if node in self.merged or not self.note_pause(node):
            return False
        if node not in self.bodies:
            return True
        if not self.admit(node, COMPLEX):
            return False
        self.open.add(node)
        return True

    def unpause(self, node):
        if node in self.bodies:
            self.open.discard(node)

    def limit(self, node):
        allowed = can_be_limited(self.traits.get(node, 0))
        if allowed:
            self.limited.add(node)
        return allowed


def can_be_limited(traits):
    if traits & (COMPLEX | GOES_ON_AFTER_FAILURE | WAITS_FOR_PAUSED):
        return False
    return not (traits & GOES_ON_AFTER_VALUE and traits & (ANSWERS | PAUSED))


WAITS = {
    "callback": GOES_ON_AFTER_VALUE,
    "errback": GOES_ON_AFTER_FAILURE,
    "both": GOES_ON_AFTER_VALUE | GOES_ON_AFTER_FAILURE,
}


def traits_of_call(call, on):
    kind, what = kind_of(call["then"])
    if kind == "deferred":
        return WAITS[on]
    if kind == "start":
        return WAITS[on] | traits_of_body(what)
    if kind in ("value", "fired") and on != "callback":
        return ANSWERS
    return 0


def traits_of_body(body):
    steps = body["steps"]
    traits = GOES_ON_AFTER_VALUE if len(steps) > 1 else 0
    for position, step in enumerate(steps):
        if step.get("ops"):
            traits |= NOISY
        traits |= traits_of_wait(step["wait"])
        kind, what = kind_of(step["otherwise"])
        if kind == "retry":
            traits |= GOES_ON_AFTER_FAILURE
        elif kind == "clean_up":
            traits |= GOES_ON_AFTER_FAILURE | traits_of_wait(what)
        elif kind == "catch" and position + 1 < len(steps):
            traits |= GOES_ON_AFTER_FAILURE
        elif kind in ("catch", "return"):
            traits |= ANSWERS
    return traits


def traits_of_wait(wait):
    kind, what = kind_of(wait)
    return traits_of_body(what) if kind == "start" else 0

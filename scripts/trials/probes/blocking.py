"""What the event loop's thread did while the loop was late: its stack, sampled by a thread beside.

While the loop is punctual that thread sleeps from one due tick to the next, looks whether it came,
and samples nothing. A sample stands for the time since the last one, or since the tick was due: C
code that holds the interpreter lock lets only one through, at its end. Python shows a thread's
stack only where it has let go of that lock, so that within a function samples fall on its calls
more often than elsewhere. Collections are known from `gc.callbacks`, which is Python code: C code
that makes objects lets go of the lock there. Standard library only.
"""

import collections
import gc
import sys
import threading
import time

import stacks
import threadstate

EARLY = 0.025  # seconds a loop is late before it is sampled, and between samples until it stalls

STALL = 0.1  # seconds; a loop that comes back earlier has not stalled, and its samples are dropped

STEP = 0.01  # seconds between two samples of a stall, at least

COARSER = 50  # samples of a stall are no closer than this part of its age

MOST_SAMPLES = 2000  # all stalls together: samples are no closer than this part of their seconds

OURS = (__file__, stacks.__file__)  # what runs in the loop's thread when garbage is collected

SHORTEST_COLLECTION = 0.001  # seconds; one that is shorter counts as what it interrupted


class Collections:
    """What the garbage collector did, in any thread: it stops them all."""

    def __init__(self):
        self.thread = None  # whose stack is of interest
        self.began = None
        self.noted = collections.deque(maxlen=1000)  # (from, to, stack or None)
        self.kept = []  # the same, of those that were looked at; no collection changes it

    def __call__(self, phase, _):
        now = time.monotonic()
        if phase == "start":
            self.began = now
        elif self.began is not None and now - self.began > SHORTEST_COLLECTION:
            here = threading.get_ident() == self.thread
            # At the interpreter's end a collection has nothing around it.
            stack = stacks.taken(sys._getframe().f_back) if here else None
            self.noted.append((self.began, now, stack))

    def within(self, since, until):
        """Those of a span, cut to it; what ended before it is forgotten."""
        while self.noted:
            self.kept.append(self.noted.popleft())
        self.kept = [noted for noted in self.kept if noted[1] > since]
        return [
            (max(since, began), min(until, ended), stack)
            for began, ended, stack in self.kept
            if began < until
        ]


def outside(since, until, spans):
    """The parts of a span that lie outside others, which are in order of time."""
    parts = []
    for began, ended, _ in spans:
        if began > since:
            parts.append((since, min(began, until)))
        since = max(since, ended)
    return [(begin, end) for begin, end in [*parts, (since, until)] if end > begin]


class Sampler:
    """Samples the thread of a loop while it is late.

    Args:
        due: called without arguments, gives when the loop's next tick is due.
        places: where code comes from.
    """

    def __init__(self, due, places):
        self.due = due
        self.lock = threading.Lock()
        self.table = stacks.Table(places)
        self.collections = Collections()
        self.stalls = collections.deque()  # (from, to) of those not yet accounted for
        self.loop = None
        self.state = None
        self.pending = []  # (moment, stack, what it did) of the loop's present lateness
        self.pending_due = None
        self.seconds = 0.0
        self.samples = 0
        self.over = False
        self.started = False

    def follow(self, loop):
        """Watch this loop from now on; called in its thread."""
        self.state = threadstate.ThreadState()
        self.collections.thread = threading.get_ident()
        self.loop = loop
        if not self.started:
            self.started = True
            gc.callbacks.append(self.collections)
            threading.Thread(target=self.run, name="sampler", daemon=True).start()

    def stalled(self, since, until):
        """The loop was late by more than a stall's length, and is back."""
        self.stalls.append((since, until))

    def run(self):
        """Sample the loop's thread whenever it is late, until the trial is done."""
        try:
            self.watch()
        except Exception:
            pass  # of what comes now nothing is seen, and the trial says so

    def watch(self):
        while not self.over:
            due, state = self.due(), self.state
            if due != self.pending_due:
                self.settle(due)
            late = time.monotonic() - due
            if late < EARLY:
                pause = EARLY - late
            elif not self.loop.is_running():
                pause = EARLY
            else:
                step = EARLY if late < STALL else STEP
                pause = max(step, late / COARSER, self.seconds / MOST_SAMPLES)
                self.sample(due, state)
            asked = time.monotonic() + pause
            state.look(asked)
            time.sleep(pause)

    def sample(self, due, state):
        """Note what the loop's thread does, unless the loop came back or another took its place."""
        moment = time.monotonic()
        frames = stacks.frames_of(state.thread)
        ours = 0  # it may have let go of the interpreter lock in what is called below
        while ours < len(frames) and frames[ours].f_code.co_filename in OURS:
            ours += 1
        stack = stacks.kept(frames[ours:])
        del frames  # what is held here, a script could see live longer
        if not stack:
            return
        doing = state.doing(moment)
        if state is self.state and self.due() == due:
            if len(self.pending) == 1 and self.pending[0][1] == stack:
                # Part of what the first was judged by lies before the loop was late.
                self.pending[0] = (*self.pending[0][:2], doing)
            self.pending.append((moment, stack, doing))

    def settle(self, due):
        """Account for the stalls that are done; the next tick is due then."""
        with self.lock:
            while self.stalls:
                since, until = self.stalls.popleft()
                self.account(since, until, self.pending if since == self.pending_due else [])
            self.pending, self.pending_due = [], due

    def account(self, since, until, samples):
        """Add a stall: each sample stands for the time since the last, collections for theirs."""
        self.seconds += until - since
        collected = self.collections.within(since, until)
        for began, ended, stack in collected:
            self.table.add(stack or (), "collecting", began, ended)
        last = since
        for moment, stack, doing in samples:
            if moment > until:
                break
            self.samples += 1
            if doing is not None:
                for began, ended in outside(last, moment, collected):
                    self.table.add(stack, doing, began, ended)
            last = moment

    def record(self):
        """What was seen, ready for JSON; nothing is sampled any more."""
        self.over = True
        if self.collections in gc.callbacks:
            gc.callbacks.remove(self.collections)
        self.settle(None)
        with self.lock:
            note = self.table.record()
        note.update(seconds=self.seconds, samples=self.samples)
        return note

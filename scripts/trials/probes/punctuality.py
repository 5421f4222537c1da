"""How late an event loop runs, told by a tick of its own.

Standard library only.
"""

import asyncio
import time

import blocking
import stacks

TICK = 0.02  # seconds between two looks at the event loop's punctuality


MOST_STALLS = 10000


class Punctuality:
    """When the loop that is watched was late, and what it did then.

    Args:
        script: path of the client script.
    """

    def __init__(self, script):
        self.loop = None
        self.due = None
        self.ticks = 0
        self.longest = 0.0
        self.late = 0.0
        self.stalls = []
        self.sampler = blocking.Sampler(lambda: self.due, stacks.Places(script))

    def watch(self):
        """Look at the running loop's punctuality from now on; asyncio only."""
        loop = asyncio.get_running_loop()
        if loop is self.loop:
            return
        self.loop = loop

        def tick():
            if loop is not self.loop:
                return  # another is watched now, whose next tick is due at another moment
            self.note(time.monotonic())
            loop.call_later(TICK, tick)

        self.due = time.monotonic() + TICK
        loop.call_later(TICK, tick)
        self.sampler.follow(loop)

    def end(self):
        """Note how late the running loop is, where it may never come to its next tick."""
        now = time.monotonic()
        if self.due is not None and now > self.due and asyncio.get_running_loop() is self.loop:
            self.note(now)

    def hang(self, now):
        """Note how late a loop is that hangs: it never comes to its tick."""
        if self.due is not None:
            self.note(now)

    def note(self, now):
        """Note how late the loop is for its tick; the next is due a while from now."""
        lag = now - self.due
        self.ticks += 1
        self.longest = max(self.longest, lag)
        if lag > blocking.STALL:
            self.late += lag
            self.sampler.stalled(self.due, now)
            if len(self.stalls) < MOST_STALLS:
                self.stalls.append((self.due, now))
        self.due = now + TICK

    def blocked(self):
        """What the loop did in its stalls; None where even noting that failed."""
        try:
            return self.sampler.record()
        except Exception:
            return None  # all else of the trial is kept

    def record(self, window):
        """The note, ready for JSON; None where no loop was watched.

        Args:
            window: seconds that were measured.
        """
        blocked = self.blocked()
        if not self.ticks:
            return None
        return {
            "longest": self.longest,
            "late_share": min(1.0, self.late / max(window, 1e-9)),
            "ticks": self.ticks,
            "stalls": self.stalls,
            "blocked": blocked,
        }

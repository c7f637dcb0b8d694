"""When a host may be asked next: its delay, the rests that it needs, and one request at a time where nothing else is said."""

from __future__ import annotations

import threading
import time

SLOW_TIMES, SLOW_SECONDS = 2.0, 0.5
"""An answer is late that takes so many times as long as the host's usually do, and so many seconds more."""

REST = 5.0
"""How many times as long as a late answer took its host is left alone: Heritrix's delay factor."""

_MEMORY = 0.1


class Turns:
    """Hosts by name and port, each at its own pace; for any number of threads.

    `delay` is in seconds, from one request to the next; `longest` is the longest rest after a late answer.
    """

    def __init__(self, delay: float, longest: float) -> None:
        self._delay, self._longest = delay, longest
        self._asked: dict[str, float] = {}
        self._next: dict[str, float] = {}
        self._usual: dict[str, float] = {}
        self._lock = threading.Lock()

    def slow_down(self, host: str, delay: float) -> None:
        """Ask the host no oftener than every `delay` seconds, however often the others."""
        with self._lock:
            self._asked[host] = max(self._asked.get(host, 0.0), delay)

    def wait(self, host: str) -> None:
        """Sleep until the host may be asked; its next turn comes a delay after this one has begun in fact."""
        delay = max(self._delay, self._asked.get(host, 0.0))
        while True:
            with self._lock:
                now = time.monotonic()
                left = self._next.get(host, now) - now
                if left <= 0:
                    self._next[host] = now + delay
                    return
            time.sleep(left)

    def hold(self, host: str, seconds: float) -> None:
        """Leave the host alone for so long, whatever is waiting for it."""
        with self._lock:
            self._next[host] = max(self._next.get(host, 0.0), time.monotonic() + seconds)

    def answered(self, host: str, seconds: float) -> None:
        """Learn how long an answer took: after a late one the host rests."""
        with self._lock:
            usual = self._usual.setdefault(host, seconds)
            self._usual[host] = usual + _MEMORY * (min(seconds, SLOW_TIMES * usual) - usual)
        if seconds > SLOW_TIMES * usual and seconds > usual + SLOW_SECONDS:
            self.hold(host, min(REST * seconds, self._longest))

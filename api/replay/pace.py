"""Which instant of a replay it is: a line through a point, with the speed as its slope. Pure."""

from dataclasses import dataclass


@dataclass
class Pace:
    """Replay time that runs ``speed`` times as fast as the monotonic clock; it stands still while paused."""

    at_ms: float
    since_s: float
    speed: int
    paused: bool

    def instant_ms(self, now_s: float) -> float:
        """The replay's instant at a monotonic instant."""
        return self.at_ms if self.paused else self.at_ms + (now_s - self.since_s) * 1000 * self.speed

    def due_s(self, at_ms: int) -> float:
        """The monotonic instant at which a replay instant comes, if nothing is changed and nothing paused."""
        return self.since_s + (at_ms - self.at_ms) / 1000 / self.speed

    def change(self, now_s: float, speed: int, *, paused: bool) -> None:
        """Go on from the instant reached, at another speed."""
        self.at_ms, self.since_s = self.instant_ms(now_s), now_s
        self.speed, self.paused = speed, paused

    def move(self, now_s: float, at_ms: int) -> None:
        """Go on from another instant."""
        self.at_ms, self.since_s = at_ms, now_s

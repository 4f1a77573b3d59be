"""Notices a partition that has records to fold, or is being opened, and does not move."""

from streams.engine.backlog import Backlog, Held
from streams.engine.errors import StalledError
from streams.engine.keeper import Keeper


class Watchdog:
    """Remembers when each position last moved; instants are seconds of one monotonic clock."""

    def __init__(self, keepers: list[Keeper], backlog: Backlog, stall_s: float) -> None:
        self._keepers, self._backlog, self._stall_s = keepers, backlog, stall_s
        self._moved: dict[Held, tuple[int, float]] = {}

    def check(self, now_s: float) -> None:
        """Compare with the last check.

        Raises:
            StalledError: a position stood still for too long while records waited.
        """
        lags = self._backlog.lags()
        for keeper in self._keepers:
            opening = keeper.opening
            if opening is not None and now_s - opening.moved_s >= self._stall_s:
                raise StalledError(keeper.stage.name, opening.partition, -1, 0)
            for number, kept in keeper.partitions.items():
                held = (keeper.stage.name, number)
                position, since_s = self._moved.get(held, (-1, now_s))
                if position != kept.next_offset or not lags.get(held):
                    self._moved[held] = (kept.next_offset, now_s)
                elif now_s - since_s >= self._stall_s:
                    raise StalledError(*held, kept.next_offset, lags[held])

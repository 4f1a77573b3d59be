"""Open alerts by campus, and the newest transitions of all, kept for streams that resume."""

from collections import deque
from collections.abc import Iterator

import msgspec

from api.live.change import Change
from schemas.alerts import Alert, AlertState

_ALERT = msgspec.json.Decoder(Alert)


class OpenAlert:
    """An alert in force, and the transition that says so."""

    __slots__ = ("alert", "change")

    def __init__(self, alert: Alert, change: Change) -> None:
        self.alert = alert
        self.change = change


class AlertBook:
    """Applied in log order. ``floors[partition]``: from this offset on, every transition is still kept."""

    def __init__(self, partitions: int, kept: int) -> None:
        self.floors = [0] * partitions
        self.open_count = 0
        self._kept_each = max(1, kept // partitions)
        self._open: dict[str, dict[str, OpenAlert]] = {}
        self._rings: list[deque[Change]] = [deque() for _ in range(partitions)]

    def apply(self, partition: int, slot: int, offset: int, data: bytes) -> Change:
        """Take one transition.

        Raises:
            msgspec.MsgspecError: it is no alert; nothing is changed.
        """
        alert = _ALERT.decode(data)
        change = Change(
            "alert", "campus", alert.campus_id, alert.system, data, slot=slot, offset=offset, severity=alert.severity
        )
        self._settle(alert, change)
        ring = self._rings[partition]
        ring.append(change)
        if len(ring) > self._kept_each:
            self.floors[partition] = max(self.floors[partition], ring.popleft().offset + 1)
        return change

    def _settle(self, alert: Alert, change: Change) -> None:
        of_campus = self._open.setdefault(alert.campus_id, {})
        self.open_count -= of_campus.pop(alert.alert_id, None) is not None
        if alert.state is AlertState.OPEN:
            of_campus[alert.alert_id] = OpenAlert(alert, change)
            self.open_count += 1
        elif not of_campus:
            del self._open[alert.campus_id]

    def forget_before(self, partition: int, offset: int) -> None:
        """Declare that transitions below ``offset`` may be missing: the log itself need not have them all."""
        self.floors[partition] = max(self.floors[partition], offset)

    def of_campus(self, campus_id: str) -> Iterator[OpenAlert]:
        """The open alerts of a campus."""
        return iter(self._open.get(campus_id, {}).values())

    def since(self, partition: int, offset: int) -> Iterator[Change]:
        """The kept transitions of a partition from an offset on, newest first."""
        for change in reversed(self._rings[partition]):
            if change.offset < offset:
                return
            yield change

"""The clocks of a campus's devices, estimated from what the archive holds. Blocking.

Nothing is kept for it: an hour of a campus is one short range of ``events``, and the estimate is always the one that
belongs to the instant asked about.
"""

from collections import defaultdict
from typing import Final, NamedTuple

from clickhouse_driver import Client

from api.authority.scope import Scope
from api.history.predicate import where
from streams.archive.store_client import rows
from streams.core.past_skew import Skew, WindowMinimum, estimate_skew

WINDOWS: Final = 12
_MINIMA: Final = (
    "SELECT source, subject, intDiv(toUnixTimestamp64Milli(received_at), %(window_ms)s) AS number, count(), "
    "min(toUnixTimestamp64Milli(received_at) - toUnixTimestamp64Milli(occurred_at)) "
    "FROM events FINAL WHERE {scope} GROUP BY source, subject, number ORDER BY source, subject, number"
)


class Device(NamedTuple):
    """Whose clock: a source, and the device, vehicle or place that its events speak of."""

    source: str
    subject: str


def skews(client: Client, scope: Scope, span_ms: int) -> dict[Device, Skew]:
    """The estimate of each device that was heard within the scope, from ``span_ms`` cut into windows."""
    predicate = where(scope, "received")
    asked = {**predicate.parameters, "window_ms": max(1, span_ms // WINDOWS)}
    minima: defaultdict[Device, list[WindowMinimum]] = defaultdict(list)
    for source, subject, _, count, least_ms in rows(client, _MINIMA.format(scope=predicate.sql), asked):
        minima[Device(source.decode(), subject.decode())].append(WindowMinimum(count, least_ms))
    return {device: estimate_skew(windows) for device, windows in minima.items()}

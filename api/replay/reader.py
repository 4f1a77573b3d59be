"""A run's reads of the archive: the next portion of events, with the gaps and alerts among them. Blocking."""

from dataclasses import dataclass

from clickhouse_driver import Client

from api.replay.alerts import AlertReader
from api.replay.cursor import Cursor
from api.replay.gaps import gap_marks
from api.replay.marks import Mark, within
from api.replay.portion import MAX_EVENTS, Portion, PortionReader
from api.replay.query import ReplayQuery
from api.replay.states import state_marks


@dataclass(frozen=True)
class Stretch:
    """A portion and the marks that stand between its start and its end, in order."""

    portion: Portion
    marks: list[Mark]


class ReplayReader:
    """Reads one stretch after another. Used by one thread at a time."""

    def __init__(self, query: ReplayQuery) -> None:
        self._query = query
        self._portions = PortionReader(query)
        self._alerts = AlertReader(query)
        self._gaps: list[Mark] | None = None

    def read(self, client: Client, start: Cursor, limit: int = MAX_EVENTS) -> Stretch:
        """The stretch after a cursor.

        Raises:
            StoreAwayError, StoreRefusedError: see :func:`streams.archive.store_client.translated`.
            DataFaultError: an event passed its retention while it was read.
        """
        if self._gaps is None:
            self._gaps = gap_marks(client, self._query)
        portion = self._portions.read(client, start, limit)
        self._alerts.drop_before(start.place)
        alerts = self._alerts.until(client, min(portion.upto.at_ms + 1, self._query.to_ms))
        marks = within(self._gaps, start.place, portion.upto) + within(alerts, start.place, portion.upto)
        if self._query.states_every_ms:
            step_ms, until_ms = self._query.states_every_ms, self._query.states_until_ms
            marks += state_marks(start.place, portion.upto, step_ms, until_ms)
        return Stretch(portion, sorted(marks))

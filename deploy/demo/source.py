"""The sending end of one edge box or bus: counts, stamps, encodes, and says when each event leaves.

A source numbers its events from 1 without holes in the order in which they happened, and sends them in that order.
While it has no way out (a blind zone, a cut line) events wait and then leave together. A copy is the same bytes.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec

from deploy.demo.draft import Draft
from deploy.demo.school_day import rfc3339
from schemas.ids import CampusId

SPREAD_MS: Final = 20
"""Distance between two events of a backlog, once there is a way out again."""


class Emission(NamedTuple):
    """One event as it goes to the gateway, at the instant (epoch ms) at which it does."""

    due_ms: int
    campus_id: CampusId
    raw: bytes


class Window(NamedTuple):
    """A span of time, ``to_ms`` excluded."""

    from_ms: int
    to_ms: int

    def holds(self, instant_ms: int) -> bool:
        """Whether the instant lies within."""
        return self.from_ms <= instant_ms < self.to_ms


NEVER: Final = Window(0, 0)


@dataclass(frozen=True)
class Source:
    """How one source sends."""

    campus_id: CampusId
    name: str
    """Unique in the county and short: the middle of its URI and the beginning of its events' ids."""
    boot_id: int
    delay_ms: int
    """From what happened to its departure, when the way is open."""
    skew_ms: int = 0
    """How much its clock is ahead."""
    copy_share: float = 0.0
    """How many of its events are sent twice."""
    twice: Window = NEVER
    """When everything is sent twice."""
    held: tuple[Window, ...] = ()
    """When it has no way out; ordered, apart from each other."""


def emissions(source: Source, drafts: Iterable[Draft], chance: random.Random) -> Iterator[Emission]:
    """The source's events in order of departure; sequence numbers from 1, in order of occurrence."""
    encode = msgspec.json.Encoder().encode
    uri = f"urn:campanile:edge:{source.name}"
    due_ms = 0
    for sequence, draft in enumerate(drafts, start=1):
        raw = encode(
            {
                "specversion": "1.0",
                "id": f"{source.name}-{source.boot_id}-{sequence}",
                "source": uri,
                "type": draft.type,
                "subject": draft.subject,
                "time": rfc3339(draft.occurred_ms + source.skew_ms),
                "campusid": source.campus_id,
                "sequence": str(sequence),
                "bootid": source.boot_id,
                "data": draft.data,
            }
        )
        due_ms = max(due_ms + 1, _departure_ms(source, draft.occurred_ms))
        yield Emission(due_ms, source.campus_id, raw)
        if source.twice.holds(draft.occurred_ms) or chance.random() < source.copy_share:
            due_ms += SPREAD_MS
            yield Emission(due_ms, source.campus_id, raw)


def _departure_ms(source: Source, occurred_ms: int) -> int:
    for window in source.held:
        if window.holds(occurred_ms):
            return window.to_ms + source.delay_ms
    return occurred_ms + source.delay_ms

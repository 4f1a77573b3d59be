"""Opens what the log holds sealed of pupils, for staff: decided, written down, and only then read.

Who may: whoever the matrix lets read history of minors (a principal, of the own campus), and whoever holds a grant for
it that is in force now, given by a principal or taken in an emergency.
未成年人网络保护条例 (国务院令第766号) Art. 36: least rights, prior approval, and a record of each look.
"""

from dataclasses import dataclass
from typing import Any, Literal

from api.access.reading import Reading
from api.authority.scope import Interval
from api.privacy.errors import PupilGrantNeededError
from api.privacy.sealed_events import Stored, Wanted, sealed_events
from api.privacy.unseal import SealedEvent, Unsealer
from api.viewer import Viewer
from ingest.privacy.errors import KeysAwayError
from schemas.events import Classification
from schemas.ids import CampusId, SystemName
from schemas.privacy import KEY_REF

Withheld = Literal["erased", "restricted"]
"""The pupil's key is destroyed; or the erasure is approved and a legal hold keeps the key, for storage alone."""


@dataclass(frozen=True)
class Order:
    """What is to be opened, and why."""

    campus_id: CampusId
    system: SystemName
    interval: Interval
    subjects: tuple[str, ...]
    limit: int
    purpose: str


@dataclass(frozen=True)
class Opened:
    """Events with their ``data`` as the sender wrote it, or why nobody can be told."""

    events: tuple[tuple[Stored, dict[str, Any] | Withheld], ...]
    has_more: bool


async def open_sealed(viewer: Viewer, order: Order) -> Opened:
    """Decide, record, read and open.

    Raises:
        NotFoundError: the campus does not exist, or not for this reader.
        PupilGrantNeededError: nobody has approved it.
        UnreachableError: it is not certain that it is recorded, or the keys or the store do not answer.
        SealBrokenError: a sealed text does not belong to its event.
    """
    scope = viewer.history([order.campus_id], [order.system], order.interval, classification=Classification.MINOR)
    if scope.is_empty():
        viewer.campus(order.campus_id)
        raise PupilGrantNeededError
    if viewer.api.keyring is None:
        raise KeysAwayError("没有接上密钥库 / no key store is connected")
    reading = Reading("pupil", (order.campus_id,), (order.system,), *order.interval, order.purpose)
    await viewer.record(reading)  # with each grant without which there would be nothing to see
    wanted = Wanted(scope, order.system, order.subjects, order.limit)
    stored = await viewer.api.store.run(lambda client: sealed_events(client, wanted))
    shown = stored[: order.limit]
    told = await _told(Unsealer(viewer.api.keyring.keys), [found.event for found in shown])
    return Opened(tuple(zip(shown, told, strict=True)), has_more=len(stored) > order.limit)


async def _told(unsealer: Unsealer, events: list[SealedEvent]) -> list[dict[str, Any] | Withheld]:
    opened = await unsealer.unseal(events)
    shut = [event for event, data in zip(events, opened, strict=True) if data is None]
    restricted = await unsealer.restricted(shut)
    return [
        data if data is not None else ("restricted" if event.data[KEY_REF] in restricted else "erased")
        for event, data in zip(events, opened, strict=True)
    ]

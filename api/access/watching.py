"""Who may read the record of access, of which campuses, and the reading itself: newest first, page by page.

domain: auditors and the bureau for their area, a head for the members of the consortium, a principal for the own
campuses. Everybody else is refused, and those who read the record are on it.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from clickhouse_driver import Client

from api.authority.scope import Interval, Scope, Slot
from api.authority.visible import visible_campuses
from api.errors import ForbiddenError, InvalidQueryError, NotFoundError
from api.history.predicate import where
from api.viewer import Viewer
from schemas.ids import CampusId, SystemName
from schemas.registry import Role
from streams.archive.store_client import rows

ACCESS: Final = SystemName("access")
WATCHING_ROLES: Final = frozenset({Role.AUDITOR, Role.BUREAU, Role.HEAD, Role.PRINCIPAL})
Row = tuple[Any, ...]
_COLUMNS: Final = (
    "toUnixTimestamp64Milli(occurred_at), partition, offset, frame_index, campus_id, type, subject, event_id, data"
)
_ORDER: Final = "(toUnixTimestamp64Milli(occurred_at), partition, offset, frame_index)"


class AccessPlace(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Where an entry stands in the order of the record."""

    at_ms: int
    partition: int
    offset: int
    index: int


_PLACE: Final = msgspec.json.Decoder(AccessPlace)


@dataclass(frozen=True)
class AccessQuestion:
    """Which entries, of what may be read."""

    scope: Scope
    types: tuple[str, ...]
    principal_ref: str | None
    before: AccessPlace | None
    limit: int


def watched_scope(viewer: Viewer, campus_ids: Iterable[str], interval: Interval) -> Scope:
    """The part of the record that the viewer may read.

    Raises:
        ForbiddenError: the role reads no record of access.
        NotFoundError: a campus does not exist, or not for this viewer.
    """
    principal, facts = viewer.principal, viewer.api.facts
    if principal.role not in WATCHING_ROLES:
        raise ForbiddenError(f"{principal.role}/access_record/deny_by_default")
    visible = visible_campuses(principal, facts, viewer.at_ms)
    asked = [CampusId(name) for name in campus_ids] or visible
    if foreign := set(asked) - set(visible):
        viewer.denied(f"{principal.role}/access_record/not_visible", *foreign)
        raise NotFoundError
    slots = []
    for campus_id in sorted(set(asked)):
        from_ms = max(interval.from_ms, _from_ms(viewer, campus_id))
        if from_ms < interval.to_ms:
            slots.append(Slot(campus_id, frozenset({ACCESS}), from_ms, interval.to_ms))
    return Scope(tuple(slots))


def _from_ms(viewer: Viewer, campus_id: CampusId) -> int:
    """Since when the viewer may look: a head since the campus joined."""
    if viewer.principal.role is not Role.HEAD:
        return 0
    edges = viewer.api.facts.consortia_of(campus_id, viewer.at_ms)
    own = [edge.valid_from_ms for name, edge in edges.items() if name in viewer.principal.consortia]
    return min(own, default=viewer.at_ms)


def read_record(client: Client, question: AccessQuestion) -> list[Row]:
    """One entry more than the limit, if there is one. Blocking; for the threads of the store pool."""
    inside = where(question.scope, "occurred")
    parameters: dict[str, Any] = {**inside.parameters, "limit": question.limit + 1}
    terms = [inside.sql]
    if question.types:
        terms.append("type IN %(types)s")
        parameters["types"] = question.types
    if question.principal_ref is not None:
        terms.append("JSONExtractString(data, 'principal_ref') = %(principal_ref)s")
        parameters["principal_ref"] = question.principal_ref
    if question.before is not None:
        terms.append(f"{_ORDER} < (%(at_ms)s, %(partition)s, %(offset)s, %(index)s)")
        parameters |= msgspec.structs.asdict(question.before)
    sql = f"SELECT {_COLUMNS} FROM events FINAL WHERE {' AND '.join(terms)} ORDER BY {_ORDER} DESC LIMIT %(limit)s"  # noqa: S608 — parts of our own, values as parameters
    return rows(client, sql, parameters)


def place_text(row: Row) -> str:
    """The text of an entry's place."""
    return urlsafe_b64encode(msgspec.json.encode(AccessPlace(*row[:4]))).decode().rstrip("=")


def read_place(text: str) -> AccessPlace:
    """The place of a text.

    Raises:
        InvalidQueryError: no page of ours gave it.
    """
    try:
        return _PLACE.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, msgspec.MsgspecError) as error:
        raise InvalidQueryError("翻页标记有误 / `before` is not one that a page gave", remedy="从第一页开始") from error

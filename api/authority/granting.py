"""The rules under which a grant comes to be. Pure: facts, who asks and an instant in, a grant or a refusal out.

未成年人网络保护条例 (国务院令766号) Art. 36: access to minors' data needs prior approval by a responsible person, and a
record. Nobody approves for themselves, nobody is given what lies outside of their own footing, and no grant outlives
the membership or appointment on which it stands.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from api.authority.errors import GrantRefusedError, PersonNeededError
from api.authority.footing import footings
from api.authority.matrix import default_matrix
from api.authority.policy import Action, Target, authorize
from api.authority.principal import Principal, principal_of_appointment
from api.authority.sight import known_systems
from schemas.clock import DAY_MS, MINUTE_MS
from schemas.ids import CampusId, GrantId, PersonId, SystemName
from schemas.organisation import Organisation
from schemas.registry import Access, Appointment, Grant

LONGEST_MS: Final = 30 * DAY_MS
EMERGENCY_MS: Final = 30 * MINUTE_MS
EMERGENCY_BASIS: Final = "PIPL Art. 13(1)(4)"
"""个人信息保护法 Art. 13(1)(4): to respond to a public emergency, or to protect life, health or property."""
EMERGENCY_ACCESS: Final = frozenset({Access.LIVE, Access.HISTORY, Access.VIDEO})
_FOREVER_MS: Final = 1 << 62


@dataclass(frozen=True)
class Wish:
    """The grant that is asked for."""

    person_id: PersonId
    campus_ids: frozenset[CampusId]
    systems: frozenset[SystemName]
    access: frozenset[Access]
    purpose: str
    legal_basis: str
    length_ms: int


def approved(wish: Wish, approver: Principal, facts: Organisation, grant_id: GrantId, at_ms: int) -> Grant:
    """The grant that an approver gives to somebody else, from now on.

    Raises:
        PersonNeededError: the approver is a program.
        GrantRefusedError: it is for oneself, names what is unknown, commands, lasts too long, or reaches further than
            the approver or the person.
    """
    if approver.person_id is None:
        raise PersonNeededError
    if approver.person_id == wish.person_id:
        raise GrantRefusedError("不能批准自己 / nobody approves for themselves")
    _require_known(wish, facts)
    _require_length(wish, facts, at_ms)
    beyond = [found for found in sorted(wish.campus_ids) if not _may_approve(approver, found, facts, at_ms)]
    if beyond:
        raise GrantRefusedError(f"不在批准人的范围内 / not for this approver: {', '.join(beyond)}")
    return _grant(wish, grant_id, approver.person_id, at_ms)


def taken(wish: Wish, taker: Principal, grant_id: GrantId, at_ms: int) -> Grant:
    """The emergency grant that a person takes by themselves; whether there is an emergency is asked elsewhere.

    Raises:
        PersonNeededError: the taker is a program.
        GrantRefusedError: a system is unknown.
    """
    if taker.person_id is None:
        raise PersonNeededError
    _require_systems(wish.systems)
    return _grant(wish, grant_id, taker.person_id, at_ms).model_copy(update={"is_emergency": True})


def ended(grant: Grant, at_ms: int) -> Grant:
    """The grant, over as of now; that it was in force until now stays on record."""
    return grant.model_copy(update={"valid_to_ms": max(grant.valid_from_ms, min(grant.valid_to_ms, at_ms))})


def may_end(principal: Principal, grant: Grant, facts: Organisation, at_ms: int) -> bool:
    """Whether somebody may end a grant: who gave it, who has it, and whoever could have given it."""
    if principal.person_id is not None and principal.person_id in (grant.approver_id, grant.person_id):
        return True
    campuses = grant.campus_ids
    return bool(campuses) and all(_may_approve(principal, campus_id, facts, at_ms) for campus_id in campuses)


def may_see(principal: Principal, grant: Grant, facts: Organisation, at_ms: int) -> bool:
    """Whether a grant is told: to those who may end it, and to whoever looks after one of its campuses (2C AU, CB)."""
    if may_end(principal, grant, facts, at_ms):
        return True
    row = default_matrix().roles[principal.role]
    if row.stands not in ("area", "campus"):
        return False
    return any(footings(row.stands, principal, facts, campus_id, at_ms) for campus_id in grant.campus_ids)


def _grant(wish: Wish, grant_id: GrantId, approver_id: PersonId, at_ms: int) -> Grant:
    return Grant(
        grant_id=grant_id,
        person_id=wish.person_id,
        campus_ids=wish.campus_ids,
        systems=wish.systems,
        access=wish.access,
        purpose=wish.purpose,
        legal_basis=wish.legal_basis,
        approver_id=approver_id,
        valid_from_ms=at_ms,
        valid_to_ms=at_ms + wish.length_ms,
    )


def _require_known(wish: Wish, facts: Organisation) -> None:
    _require_systems(wish.systems)
    if wish.person_id not in facts.persons:
        raise GrantRefusedError("没有这个人 / there is no such person")
    if Access.COMMAND in wish.access:
        raise GrantRefusedError("控制设备不可授权 / no grant lets anybody command a device")


def _require_systems(systems: Iterable[SystemName]) -> None:
    unknown = sorted(set(systems) - known_systems())
    if unknown:
        raise GrantRefusedError(f"没有这个系统 / there is no such system: {', '.join(unknown)}")


def _require_length(wish: Wish, facts: Organisation, at_ms: int) -> None:
    if not 0 < wish.length_ms <= LONGEST_MS:
        raise GrantRefusedError("最长 30 天 / 30 days at most")
    for campus_id in sorted(wish.campus_ids):
        until_ms = stands_until_ms(wish.person_id, campus_id, facts, at_ms)
        if until_ms is None:
            raise GrantRefusedError(f"被授权人与该校区无任职关系 / the person holds no appointment there: {campus_id}")
        if at_ms + wish.length_ms > until_ms:
            raise GrantRefusedError(
                f"不得超过其任职或成员关系 / it would outlive appointment or membership: {campus_id}"
            )


def stands_until_ms(person_id: PersonId, campus_id: CampusId, facts: Organisation, at_ms: int) -> int | None:
    """Until when a person stands to a campus by appointments in force; None: not at all, ``1 << 62``: without end."""
    ends = [_stands_until_ms(found, campus_id, facts, at_ms) for found in facts.appointments_of(person_id)]
    return max((end_ms for end_ms in ends if end_ms is not None), default=None)


def _stands_until_ms(appointment: Appointment, campus_id: CampusId, facts: Organisation, at_ms: int) -> int | None:
    principal = principal_of_appointment(appointment)
    row = default_matrix().roles[appointment.role]
    if not appointment.holds_at(at_ms) or not footings(row.stands, principal, facts, campus_id, at_ms):
        return None
    end_ms = _FOREVER_MS if appointment.valid_to_ms is None else appointment.valid_to_ms
    if row.stands != "membership":
        return end_ms
    edges = (edge for edge in facts.edges_of(campus_id) if edge.consortium_id in principal.consortia)
    held = (edge.valid_to_ms for edge in edges if edge.holds_at(at_ms))
    return min(end_ms, max(_FOREVER_MS if until_ms is None else until_ms for until_ms in held))


def _may_approve(principal: Principal, campus_id: CampusId, facts: Organisation, at_ms: int) -> bool:
    return authorize(principal, Action.APPROVE_GRANT, Target("campus", campus_id), facts, at_ms).allowed

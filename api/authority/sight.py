"""What a principal sees live of a campus or of a consortium's figures, system by system, as one comparable value.

A stream and an overview show many systems at once, so they take a :class:`Sight` instead of asking for each; what it
says is what :func:`api.authority.decide.decide` says, and a test holds the two together.
"""

from functools import lru_cache
from typing import NamedTuple

from api.authority.conditions import Case
from api.authority.decide import judge, rule_of
from api.authority.footing import Footing, footings
from api.authority.matrix import ANY, default_matrix
from api.authority.principal import Principal
from api.authority.verdict import Form
from schemas.ids import CampusId, ConsortiumId, SystemName
from schemas.organisation import Organisation
from schemas.registry import Access, Centre, Role
from schemas.systems import SYSTEMS

SEVERITIES = (1, 2, 3, 4)


class Sight(NamedTuple):
    """What may be told of one campus, or of one consortium's figures."""

    full: frozenset[SystemName] = frozenset()
    """Systems of which everything may be told."""
    counts: frozenset[SystemName] = frozenset()
    """Systems of which counts may be told, and nothing else."""
    alerts: frozenset[tuple[SystemName, int]] = frozenset()
    """Alerts that may be told though their system may not: by system (:data:`ANY`: any unnamed one) and severity."""
    others: Form | None = None
    """How systems that the matrix does not name may be told."""

    def form_of(self, system: str) -> Form | None:
        """In which form a system may be told; None: not at all."""
        if system in self.full:
            return "full"
        if system in self.counts:
            return "aggregate"
        return None if system in known_systems() else self.others

    def shows_alert(self, system: str, severity: int) -> bool:
        """Whether an alert may be told."""
        name = SystemName(system) if system in known_systems() else ANY
        return self.form_of(system) == "full" or (name, severity) in self.alerts


NOTHING = Sight()


@lru_cache(1)
def known_systems() -> frozenset[SystemName]:
    """Every system that the matrix or the registry of systems names."""
    return default_matrix().systems | frozenset(SYSTEMS)


def sight_of(principal: Principal, facts: Organisation, campus_id: CampusId, at_ms: int) -> Sight:
    """What the principal sees live of a campus."""
    row = default_matrix().roles[principal.role]
    stands = footings(row.stands, principal, facts, campus_id, at_ms)
    if not stands:
        return NOTHING
    sight = _seen_from(principal.role, stands[0], principal.centres)
    for footing in stands[1:]:
        sight = _either(sight, _seen_from(principal.role, footing, principal.centres))
    granted = _granted_systems(principal, facts, campus_id, at_ms)
    return _either(sight, Sight(full=granted)) if granted else sight


def rollup_sight_of(principal: Principal, facts: Organisation, consortium_id: ConsortiumId, at_ms: int) -> Sight:
    """What the principal sees of a consortium's figures: what may be told of every one of its members.

    A figure of which one part may not be told is not told either: the rest subtracted from it would tell.
    """
    row = default_matrix().roles[principal.role]
    sight: Sight | None = None
    for campus_id in facts.members(consortium_id, at_ms):
        stands = footings(row.stands, principal, facts, campus_id, at_ms)
        seen = NOTHING
        for footing in stands:
            seen = _either(seen, _seen_from(principal.role, footing, principal.centres, is_rollup=True))
        sight = seen if sight is None else _both(sight, seen)
    return sight or NOTHING


@lru_cache(4096)
def _seen_from(role: Role, footing: Footing, centres: frozenset[Centre], *, is_rollup: bool = False) -> Sight:
    """What one footing shows; few of them differ, however many campuses there are."""
    seen = _Seen(role, footing, centres, is_rollup=is_rollup)
    names = known_systems()
    full = frozenset(name for name in names if seen.may(Access.LIVE, name))
    return Sight(
        full=full,
        counts=frozenset(name for name in names - full if seen.may(Access.AGGREGATE, name)),
        alerts=frozenset(
            (name, severity)
            for name in (names | {ANY}) - full
            for severity in SEVERITIES
            if seen.may(Access.LIVE, name, severity)
        ),
        others="full" if seen.may(Access.LIVE, ANY) else "aggregate" if seen.may(Access.AGGREGATE, ANY) else None,
    )


class _Seen:
    """Asks the matrix for one footing."""

    def __init__(self, role: Role, footing: Footing, centres: frozenset[Centre], *, is_rollup: bool) -> None:
        matrix = default_matrix()
        self._row = matrix.roles[role]
        self._footing = footing
        self._own_centre = matrix.systems_of(centres)
        self._is_rollup = is_rollup

    def may(self, access: Access, system: SystemName, severity: int | None = None) -> bool:
        footing = self._footing
        case = Case(
            system,
            severity,
            self._is_rollup,
            footing.is_own_end,
            footing.clauses,
            self._own_centre,
            footing.shared,
            footing.is_on_duty,
        )
        return judge(rule_of(self._row, footing, system, access), case).allowed


def _granted_systems(
    principal: Principal, facts: Organisation, campus_id: CampusId, at_ms: int
) -> frozenset[SystemName]:
    if principal.person_id is None:
        return frozenset()
    return frozenset().union(
        *(
            grant.systems
            for grant in facts.grants_of(principal.person_id)
            if Access.LIVE in grant.access and campus_id in grant.campus_ids and grant.holds_at(at_ms)
        )
    )


def _either(one: Sight, other: Sight) -> Sight:
    full = one.full | other.full
    alerts = frozenset(pair for pair in one.alerts | other.alerts if pair[0] not in full)
    return Sight(full, (one.counts | other.counts) - full, alerts, _wider(one.others, other.others))


def _both(one: Sight, other: Sight) -> Sight:
    full = one.full & other.full
    counts = (one.full | one.counts) & (other.full | other.counts)
    others = None if None in (one.others, other.others) else _narrower(one.others, other.others)
    return Sight(full, counts - full, one.alerts & other.alerts, others)


def _wider(one: Form | None, other: Form | None) -> Form | None:
    return "full" if "full" in (one, other) else one or other


def _narrower(one: Form | None, other: Form | None) -> Form | None:
    return "aggregate" if "aggregate" in (one, other) else one

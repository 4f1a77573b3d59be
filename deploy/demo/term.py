"""What changes in the demonstration county during the term: one joins, a mode tightens, one belongs to two, one leaves.

History keeps every one of them: what could be seen before a change is still seen of the time before it. Dates are told
from the first day that a demonstration shows; the member leaves within that morning, so that there is a before and an
after to look at.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from deploy.demo.facts import MEMBERS_SINCE_MS, membership_fact, registry_facts
from deploy.demo.first_sight import watched_consortium
from deploy.demo.people import partner_campuses, people_facts
from deploy.demo.plan import CampusPlan, ConsortiumPlan, County
from deploy.demo.school_day import SchoolDay
from schemas.clock import DAY_MS
from schemas.ids import AgreementId, MembershipId, PairId, SystemName
from schemas.registry import Agreement, AnyFact, CrossRegionPair, Membership, Mode, fact_key

TIGHTER: Final = {Mode.COOPERATIVE: Mode.CO_BUILT, Mode.CO_BUILT: Mode.FUSION}
_JOINED_DAYS: Final = 42
_CHANGED_DAYS: Final = 21
_LEAST_MEMBERS: Final = 4


class Term(NamedTuple):
    """Who is concerned and since when (epoch ms); None where the county is too small to have one."""

    joined_ms: int
    changed_ms: int
    left_ms: int
    joins: CampusPlan | None
    """A member of its consortium since :attr:`joined_ms`, and of none before."""
    changes_mode: CampusPlan | None
    """One step tighter (:data:`TIGHTER`) since :attr:`changed_ms`."""
    agrees: CampusPlan | None
    """Co-built, and since :attr:`changed_ms` agreed that breaches in its kitchen are shown."""
    belongs_to_two: CampusPlan | None
    """A member of its own consortium and, since :attr:`changed_ms`, of :attr:`second` as well."""
    second: ConsortiumPlan | None
    leaves: CampusPlan | None
    """A member of the watched consortium until :attr:`left_ms`."""


def term_of(county: County, first_day: SchoolDay) -> Term:
    """The changes of a county's term, by the first day that its demonstration shows."""
    watched = watched_consortium(county)
    others = [item for item in county.consortia if item is not watched]
    co_built = next((item for item in others if item.mode is Mode.CO_BUILT), None)
    cooperative = next((item for item in others if item.mode is Mode.COOPERATIVE), None)
    alike = [item for item in watched.campuses if item.mode is watched.mode]
    is_roomy = len(alike) >= _LEAST_MEMBERS
    return Term(
        joined_ms=first_day.midnight_ms - _JOINED_DAYS * DAY_MS,
        changed_ms=first_day.midnight_ms - _CHANGED_DAYS * DAY_MS,
        left_ms=first_day.at(6, 40),
        joins=_member(others[-1] if others else None, 3),
        changes_mode=_member(cooperative or co_built, 1),
        agrees=_member(co_built, 2),
        belongs_to_two=alike[-2] if co_built and is_roomy else None,
        second=co_built,
        leaves=alike[-1] if is_roomy else None,
    )


def county_facts(county: County, first_day: SchoolDay) -> list[AnyFact]:
    """Everything that a demonstration registers, each key once: what the term changes takes the place of what was."""
    said = (*registry_facts(county), *term_facts(county, first_day), *people_facts(county))
    return list({fact_key(fact): fact for fact in said}.values())


def term_facts(county: County, first_day: SchoolDay) -> Iterator[AnyFact]:
    """The facts of the term; some take the place of those of :func:`deploy.demo.facts.registry_facts`."""
    term = term_of(county, first_day)
    yield from _memberships(term)
    if term.agrees is not None:
        yield Agreement(
            agreement_id=AgreementId(f"canteen-{term.agrees.short}"),
            membership_id=membership_fact(term.agrees).membership_id,
            clauses=frozenset({SystemName("canteen")}),
            valid_from_ms=term.changed_ms,
        )
    halves = partner_campuses(county)
    if halves is not None:
        yield CrossRegionPair(
            pair_id=PairId("pair-1"),
            campus_ids=frozenset(half.campus_id for half in halves),
            valid_from_ms=MEMBERS_SINCE_MS,
        )


def _memberships(term: Term) -> Iterable[Membership]:
    if term.joins is not None:
        yield membership_fact(term.joins).model_copy(update={"valid_from_ms": term.joined_ms})
    if term.changes_mode is not None:
        before = membership_fact(term.changes_mode)
        tighter = {"mode": TIGHTER[before.mode], "valid_from_ms": term.changed_ms}
        yield before.model_copy(update={"valid_to_ms": term.changed_ms})
        yield before.model_copy(update=tighter | {"membership_id": MembershipId(f"{before.membership_id}-tighter")})
    if term.belongs_to_two is not None and term.second is not None:
        first = membership_fact(term.belongs_to_two)
        yield Membership(
            membership_id=MembershipId(f"{first.membership_id}-second"),
            campus_id=first.campus_id,
            consortium_id=term.second.consortium_id,
            mode=term.second.mode,
            valid_from_ms=term.changed_ms,
            agreement_id=f"agreement-{term.belongs_to_two.short}-second",
        )
    if term.leaves is not None:
        yield membership_fact(term.leaves).model_copy(update={"valid_to_ms": term.left_ms})


def _member(consortium: ConsortiumPlan | None, place: int) -> CampusPlan | None:
    """A member other than the core school, if there are enough."""
    return consortium.campuses[place] if consortium is not None and len(consortium.campuses) > place + 1 else None

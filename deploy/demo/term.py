"""What changes in the demonstration county during the term: a mode, a member that leaves, an agreement, a pair.

History keeps every one of them: what could be seen before a change is still seen of the time before it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from deploy.demo.facts import MEMBERS_SINCE_MS, membership_fact
from deploy.demo.people import partner_campuses
from deploy.demo.plan import CampusPlan, ConsortiumPlan, County
from schemas.ids import AgreementId, MembershipId, PairId, SystemName
from schemas.registry import Agreement, AnyFact, CrossRegionPair, Membership, Mode

MODE_CHANGED_MS: Final = 1_793_548_800_000
"""2026-11-02T00:00+08:00."""
LEFT_MS: Final = 1_794_758_400_000
"""2026-11-16T00:00+08:00."""


@dataclass(frozen=True)
class Term:
    """Who is concerned; None where the county is too small to have one."""

    changes_mode: CampusPlan | None
    """Co-built until :data:`MODE_CHANGED_MS`, fused since."""
    leaves: CampusPlan | None
    """A member until :data:`LEFT_MS`."""
    agrees: CampusPlan | None
    """Co-built, and agreed that breaches in its kitchen are shown."""


def term_of(county: County) -> Term:
    """The campuses of the term's changes: of consortia other than the first, which the demonstration talks about."""
    loose = next((item for item in county.consortia[1:] if item.mode is Mode.CO_BUILT), None)
    last = county.consortia[-1] if len(county.consortia) > 2 else None
    return Term(
        changes_mode=_member(loose, 1),
        leaves=_member(last, -1) if last is not loose else None,
        agrees=_member(loose, 2),
    )


def _member(consortium: ConsortiumPlan | None, place: int) -> CampusPlan | None:
    """A member other than the core school, if there are enough."""
    return consortium.campuses[place] if consortium is not None and len(consortium.campuses) > 2 else None


def term_facts(county: County) -> Iterator[AnyFact]:
    """The facts of the term, to be written after those of :func:`deploy.demo.facts.registry_facts`."""
    term = term_of(county)
    if term.changes_mode is not None:
        yield from _changed(membership_fact(term.changes_mode))
    if term.leaves is not None:
        yield membership_fact(term.leaves).model_copy(update={"valid_to_ms": LEFT_MS})
    if term.agrees is not None:
        yield Agreement(
            agreement_id=AgreementId(f"canteen-{term.agrees.short}"),
            membership_id=membership_fact(term.agrees).membership_id,
            clauses=frozenset({SystemName("canteen")}),
            valid_from_ms=MODE_CHANGED_MS,
        )
    halves = partner_campuses(county)
    if halves is not None:
        yield CrossRegionPair(
            pair_id=PairId("pair-1"),
            campus_ids=frozenset(half.campus_id for half in halves),
            valid_from_ms=MEMBERS_SINCE_MS,
        )


def _changed(before: Membership) -> Iterator[Membership]:
    yield before.model_copy(update={"valid_to_ms": MODE_CHANGED_MS})
    yield before.model_copy(
        update={
            "membership_id": MembershipId(f"{before.membership_id}-fused"),
            "mode": Mode.FUSION,
            "agreement_id": None,
            "valid_from_ms": MODE_CHANGED_MS,
        }
    )

"""Which looks only a grant made possible: pure, over dated facts.

A look is taken as one by a grant when the matrix alone would not have shown all of it. Where a look does not say in
which form it was told (whole or as counts, with or without what speaks of a child), the wider form is assumed: the
record errs on the side of telling.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import cache
from typing import Final, NamedTuple

from api.access.entries import Actor, Entry
from api.access.reading import Reading
from api.authority.decide import Object, decide, grant_for
from api.authority.principal import Principal
from api.authority.scope import Interval, history_scope
from schemas.events import Classification
from schemas.ids import CampusId, GrantId, SystemName
from schemas.organisation import Organisation
from schemas.registry import Access, Role
from schemas.systems import catalogue
from schemas.systems.access import ReadingKind

_WITH_PUPILS: Final = frozenset({"export", "logbook", "replay", "bundle", "proof"})
"""Kinds that show whatever may be shown, what speaks of a child as well."""
_BY_OFFICE: Final = frozenset({"bundle", "proof"})
"""Kinds that an auditor may have by the role alone."""


class Use(NamedTuple):
    """A grant that opened something of a campus."""

    campus_id: CampusId
    grant_id: GrantId


def used_for_reading(principal: Principal, facts: Organisation, reading: Reading, at_ms: int) -> frozenset[Use]:
    """The grants, held at ``at_ms``, without which a look at the past would have shown less."""
    if principal.role is Role.AUDITOR and reading.kind in _BY_OFFICE:
        return frozenset()
    named = _named(principal, facts, reading.campus_ids, frozenset(reading.systems), at_ms)
    look = _Look(principal, facts, reading, at_ms)
    return frozenset(use for place in named for use in look.uses(place))


def used_for_live(
    principal: Principal,
    facts: Organisation,
    campus_ids: Collection[CampusId],
    systems: Collection[SystemName] | None,
    at_ms: int,
) -> frozenset[Use]:
    """The grants without which less of the campuses would be shown live. ``systems`` None: every system."""
    wanted = None if systems is None else frozenset(systems)
    return frozenset(
        Use(place.campus_id, verdict.grant_id)
        for place in _named(principal, facts, campus_ids, wanted, at_ms)
        if (verdict := decide(facts, principal, Access.LIVE, place, at_ms)).grant_id is not None
    )


def use_entries(uses: frozenset[Use], kind: ReadingKind, actor: Actor) -> list[Entry]:
    """One entry of the record for each grant and campus."""
    who = {"principal_ref": actor.ref, "role": actor.role, "kind": kind}
    return [
        Entry(use.campus_id, "access.grant_used.v1", actor.ref, who | {"grant_id": use.grant_id})
        for use in sorted(uses)
    ]


def _named(
    principal: Principal,
    facts: Organisation,
    campus_ids: Collection[CampusId],
    systems: frozenset[SystemName] | None,
    at_ms: int,
) -> frozenset[Object]:
    """What grants in force name of all this; nothing for the many who hold none."""
    if principal.person_id is None:
        return frozenset()
    held = [grant for grant in facts.grants_of(principal.person_id) if grant.holds_at(at_ms)]
    asked = frozenset(campus_ids) if held else frozenset()
    return frozenset(
        Object(campus_id, system)
        for grant in held
        for campus_id in grant.campus_ids & asked
        for system in (grant.systems if systems is None else grant.systems & systems)
    )


class _Look(NamedTuple):
    """A look at the past, by somebody, at an instant."""

    principal: Principal
    facts: Organisation
    reading: Reading
    at_ms: int

    def uses(self, place: Object) -> Iterator[Use]:
        person_id, kind = self.principal.person_id, self.reading.kind
        grants = self.facts.grants_of(person_id) if person_id is not None else ()
        for access in (Access.VIDEO,) if kind == "video" else (Access.HISTORY, Access.AGGREGATE):
            grant = grant_for(grants, access, place, self.at_ms)
            alike = (place._replace(classification=found) for found in _classifications(kind, place.system))
            if grant is not None and any(self._is_wider(found, access) for found in alike):
                yield Use(place.campus_id, grant.grant_id)

    def _is_wider(self, place: Object, access: Access) -> bool:
        """Whether more of a place may be read with the person's grants than without."""
        with_grants, without = (
            history_scope(
                asking,
                self.facts,
                [place.campus_id],
                [place.system],
                Interval(self.reading.from_ms, self.reading.to_ms),
                granted_at_ms=self.at_ms,
                access=access,
                classification=place.classification,
            )
            for asking in (self.principal, replace(self.principal, person_id=None))
        )
        return with_grants != without


def _classifications(kind: ReadingKind, system: SystemName) -> tuple[Classification | None, ...]:
    """As what the events of a look may count: always as plain ones, and as ones about a child where it shows those."""
    if kind == "pupil" or (kind in _WITH_PUPILS and system in _systems_with_pupils()):
        return None, Classification.MINOR
    return (None,)


@cache
def _systems_with_pupils() -> frozenset[SystemName]:
    declared = catalogue().values()
    return frozenset(found.system for found in declared if found.classification is Classification.MINOR)

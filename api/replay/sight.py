"""What of a replay may be shown to whom: pure, over dated facts.

A replay shows a campus only while it belonged to what was asked for, and only what the principal could see of it at
each instant. Somebody who checks authority itself may ask for another's sight: then both must allow.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Final, NamedTuple

import msgspec

from api.authority.principal import Principal, principal_of_appointment, principal_of_role
from api.authority.scope import Interval, Scope, Slot, history_scope, intersect, overlap
from api.replay.recipe import AskedRole, Recipe
from schemas.events import Classification
from schemas.ids import AreaId, CampusId, ConsortiumId, SystemName
from schemas.organisation import Organisation
from schemas.registry import Role

Windows = dict[CampusId, list[Interval]]
"""When each campus belonged to what was asked for; the intervals of one campus may overlap."""
_KINDS: Final = (None, Classification.MINOR)


class Shown(NamedTuple):
    """What may be shown: ``scope`` of anything, ``pupil_scope`` of events that may speak of a child as well."""

    scope: Scope
    pupil_scope: Scope

    def between(self, from_ms: int, to_ms: int) -> "Shown":
        """The part between two instants."""
        return Shown(clip_to(self.scope, from_ms, to_ms), clip_to(self.pupil_scope, from_ms, to_ms))


def sight(principal: Principal, recipe: Recipe, facts: Organisation, at_ms: int) -> Shown:
    """What the principal may be shown of a replay.

    ``at_ms`` is when it is shown: a grant must hold then. Membership and appointment must hold at each instant shown.
    """
    return Shown(*(_sight(principal, recipe, facts, at_ms, classification) for classification in _KINDS))


def is_foreign(principal: Principal, recipe: Recipe, scope: str, facts: Organisation, at_ms: int) -> bool:
    """Whether nothing of one of the recipe's scopes may be shown, at any instant of the replay."""
    part = msgspec.structs.replace(recipe, scopes=(scope,), asked=None)
    return sight(principal, part, facts, at_ms).scope.is_empty()


def _sight(
    principal: Principal, recipe: Recipe, facts: Organisation, at_ms: int, classification: Classification | None
) -> Scope:
    whole = Interval(recipe.from_ms, recipe.to_ms)
    windows: Windows = defaultdict(list)
    for text in recipe.scopes:
        for campus_id, intervals in windows_of(text, facts, whole).items():
            windows[campus_id] += intervals
    question = _Question(facts, windows, tuple(map(SystemName, recipe.systems)), whole, classification)
    seen = question.seen_by(principal, granted_at_ms=at_ms)
    return seen if recipe.asked is None else intersect(seen, _asked_sight(recipe.asked, question))


class _Question(NamedTuple):
    """What is asked of everybody's sight."""

    facts: Organisation
    windows: Windows
    systems: tuple[SystemName, ...]
    whole: Interval
    classification: Classification | None

    def seen_by(self, principal: Principal, *, granted_at_ms: int | None = None) -> Scope:
        """What of it a principal may read. ``granted_at_ms`` None: by the grants of each instant."""
        found = history_scope(
            principal,
            self.facts,
            self.windows,
            self.systems,
            self.whole,
            granted_at_ms=granted_at_ms,
            classification=self.classification,
        )
        return clip(found, self.windows)


def windows_of(scope: str, facts: Organisation, whole: Interval) -> Windows:
    """The campuses of a scope, each with when it belonged to it within the whole interval."""
    kind, _, entity_id = scope.partition(":")
    if kind == "campus":
        return {CampusId(entity_id): [whole]}
    if kind == "area":
        area_id = AreaId(entity_id)
        return {
            campus.campus_id: [whole] for campus in facts.campuses.values() if facts.is_within(campus.area_id, area_id)
        }
    found: Windows = {}
    for campus_id in facts.campuses:
        edges = [edge for edge in facts.edges_of(campus_id) if edge.consortium_id == ConsortiumId(entity_id)]
        intervals = [overlap(whole, Interval(edge.valid_from_ms, _end(edge.valid_to_ms, whole))) for edge in edges]
        if kept := [interval for interval in intervals if interval.from_ms < interval.to_ms]:
            found[campus_id] = kept
    return found


def clip(scope: Scope, windows: Windows) -> Scope:
    """The part of a scope that lies within the windows of its campuses."""
    return Scope(
        tuple(
            replace(slot, from_ms=part.from_ms, to_ms=part.to_ms)
            for slot in scope.slots
            for window in _merged(windows.get(slot.campus_id, ()))
            for part in (overlap(Interval(slot.from_ms, slot.to_ms), window),)
            if part.from_ms < part.to_ms
        )
    )


def clip_to(scope: Scope, from_ms: int, to_ms: int) -> Scope:
    """The part of a scope between two instants."""
    return clip(scope, {slot.campus_id: [Interval(from_ms, to_ms)] for slot in scope.slots})


def _asked_sight(asked: AskedRole, question: _Question) -> Scope:
    """What the role or the person asked about could see: a person in each appointment, while it lasted."""
    if asked.role:
        return question.seen_by(principal_of_role(Role(asked.role), asked.scopes))
    slots: list[Slot] = []
    for appointment in question.facts.appointments.values():
        if appointment.person_id == asked.person_id:
            slots += question.seen_by(principal_of_appointment(appointment)).slots
    return Scope(tuple(slots))


def _end(valid_to_ms: int | None, whole: Interval) -> int:
    return whole.to_ms if valid_to_ms is None else valid_to_ms


def _merged(intervals: Iterable[Interval]) -> list[Interval]:
    """The same instants as intervals that do not overlap, in order."""
    found: list[Interval] = []
    for interval in sorted(intervals):
        if found and interval.from_ms <= found[-1].to_ms:
            found[-1] = Interval(found[-1].from_ms, max(found[-1].to_ms, interval.to_ms))
        else:
            found.append(interval)
    return found

"""The question of authority for the content of a campus: who may have what of which system, at an instant.

The matrix answers first (:mod:`api.authority.matrix`); a grant may add to it for somebody who stands to the campus, for
as long as both last. Nothing else adds anything.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from api.authority.conditions import Case
from api.authority.footing import Footing, Footings, footings
from api.authority.matrix import ANY, RoleRow, Rule, default_matrix
from api.authority.principal import Principal
from api.authority.verdict import Form, Verdict
from schemas.events import Classification
from schemas.ids import CampusId, SystemName
from schemas.organisation import Organisation
from schemas.registry import Access, Grant


class Object(NamedTuple):
    """What is asked for."""

    campus_id: CampusId
    system: SystemName
    classification: Classification | None = None
    """Of the event that is asked for, where it is one event."""
    severity: int | None = None
    """Of the alert that is asked for, where it is an alert: 1 red … 4 blue."""
    is_rollup: bool = False
    """The campus's part in the figure of a whole consortium."""


_NO_FOOTING: Final = Verdict(allowed=False, rule="no_footing")
_MINOR: Final = Verdict(allowed=False, rule="minor/needs_a_grant")
_VIDEO: Final = Verdict(allowed=False, rule="video/needs_a_grant")


def decide(  # noqa: PLR0913 — the question has these parts, and the last is seldom given
    facts: Organisation,
    principal: Principal,
    access: Access,
    target: Object,
    at_ms: int,
    *,
    granted_at_ms: int | None = None,
) -> Verdict:
    """Whether the principal may have this access to the object as the facts stand at ``at_ms``, and by which rule.

    Args:
        facts: the organisation.
        principal: who asks, already authenticated.
        access: what is to be done.
        target: to what.
        at_ms: the instant at which membership and agreement must hold (epoch ms).
        granted_at_ms: the instant at which a grant must hold, where that is another one: who reads the past by a
            grant holds the grant now, and not then.
    """
    row = default_matrix().roles[principal.role]
    stands = footings(row.stands, principal, facts, target.campus_id, at_ms)
    verdict = _by_matrix(row, principal, access, target, stands)
    if verdict.allowed or not stands or principal.person_id is None:
        return verdict
    when_ms = at_ms if granted_at_ms is None else granted_at_ms
    grant = grant_for(facts.grants_of(principal.person_id), access, target, when_ms)
    if grant is None or (access is Access.VIDEO and not _may_have_video(row, principal, target, stands, grant)):
        return verdict
    form: Form = "aggregate" if access is Access.AGGREGATE else "full"
    return Verdict(True, f"grant/{grant.grant_id}", form, grant.grant_id)


def _by_matrix(row: RoleRow, principal: Principal, access: Access, target: Object, stands: Footings) -> Verdict:
    if access is Access.VIDEO:
        return _VIDEO
    if target.classification is Classification.MINOR and access is not Access.AGGREGATE and access not in row.minors:
        return _MINOR
    verdict = _NO_FOOTING
    for footing in stands:
        rule = rule_of(row, footing, target.system, access)
        verdict = judge(rule, None if rule.condition is None else _case(principal, target, footing))
        if verdict.allowed:
            break
    return verdict


def judge(rule: Rule, case: Case | None) -> Verdict:
    """What a rule says of a case; a rule without condition needs none."""
    if rule.condition is None or (case is not None and rule.condition(case)):
        return rule.granted
    return rule.refused


def rule_of(row: RoleRow, footing: Footing, system: SystemName, access: Access) -> Rule:
    """The rule of the matrix for one footing."""
    column = row.columns[footing.column]
    return (column.get(system) or column[ANY])[access]


def _case(principal: Principal, target: Object, footing: Footing, grant: Grant | None = None) -> Case:
    return Case(
        system=target.system,
        severity=target.severity,
        is_rollup=target.is_rollup,
        is_own_end=footing.is_own_end,
        clauses=footing.clauses,
        own_centre=default_matrix().systems_of(principal.centres),
        shared=footing.shared,
        is_on_duty=footing.is_on_duty,
        grant=grant,
    )


def grant_for(grants: Iterable[Grant], access: Access, target: Object, at_ms: int) -> Grant | None:
    """A grant in force that names all of it. No grant lets anybody command a device."""
    if access is Access.COMMAND:
        return None
    for grant in grants:
        is_named = access in grant.access and target.system in grant.systems and target.campus_id in grant.campus_ids
        if is_named and grant.holds_at(at_ms):
            return grant
    return None


def _may_have_video(row: RoleRow, principal: Principal, target: Object, stands: Footings, grant: Grant) -> bool:
    """Whether the matrix lets a grant open video here at all."""
    rules = ((footing, rule_of(row, footing, target.system, Access.VIDEO)) for footing in stands)
    return any(judge(rule, _case(principal, target, footing, grant)).allowed for footing, rule in rules)

"""Somebody of every role, and a term in which things change: what the demonstration's facts come to."""

import pytest

from api.authority import Object, decide
from api.authority.principal import Principal, principal_of_appointment
from deploy.demo.facts import MEMBERS_SINCE_MS
from deploy.demo.people import holders
from deploy.demo.plan import County
from deploy.demo.planning import plan_county
from deploy.demo.school_day import SchoolDay
from deploy.demo.term import county_facts, term_of
from schemas.fact_plan import dangling_references
from schemas.ids import CampusId, ConsortiumId, SystemName
from schemas.organisation import Organisation
from schemas.registry import Access, Mode, Role, fact_key

COUNTY = plan_county()
DAY = SchoolDay(1_795_449_600_000)
NOW_MS = DAY.at(6, 50)
TERM = term_of(COUNTY, DAY)


def facts_of(county: County) -> Organisation:
    found = Organisation()
    for fact in county_facts(county, DAY):
        found.put(fact)
    return found


FACTS = facts_of(COUNTY)


def principal(role: Role) -> Principal:
    holder = next(holder for holder in holders(COUNTY) if holder.role is role)
    (appointment,) = FACTS.appointments_of(holder.person_id)
    return principal_of_appointment(appointment)


def is_member(campus_id: CampusId, consortium_id: ConsortiumId, at_ms: int) -> bool:
    return campus_id in FACTS.members(consortium_id, at_ms)


@pytest.mark.parametrize(("campuses", "consortia"), [(1, 1), (2, 1), (10, 2), (12, 2), (40, 4), (300, 30)])
def test_facts_of_a_county_of_any_size_fit_together(campuses: int, consortia: int) -> None:
    facts = county_facts(plan_county(campuses, consortia), DAY)
    assert dangling_references(facts, Organisation()) == []
    assert len({fact_key(fact) for fact in facts}) == len(facts)


def test_every_role_but_the_guardian_is_appointed_to_one_person_with_a_login_of_their_own() -> None:
    found = list(holders(COUNTY))
    assert {holder.role for holder in found} == set(Role) - {Role.GUARDIAN}
    assert len({holder.login for holder in found}) == len(found)
    assert all(principal(holder.role).role is holder.role for holder in found)


def test_one_member_joins_during_the_term() -> None:
    campus = TERM.joins
    assert campus is not None
    assert not is_member(campus.campus_id, campus.consortium_id, TERM.joined_ms - 1)
    assert is_member(campus.campus_id, campus.consortium_id, TERM.joined_ms)
    assert not FACTS.members(campus.consortium_id, MEMBERS_SINCE_MS).keys() & {campus.campus_id}


def test_one_member_is_cooperative_until_the_day_and_co_built_since() -> None:
    campus = TERM.changes_mode
    assert campus is not None
    seen = [
        FACTS.members(campus.consortium_id, at_ms)[campus.campus_id].mode
        for at_ms in (TERM.changed_ms - 1, TERM.changed_ms)
    ]
    assert seen == [Mode.COOPERATIVE, Mode.CO_BUILT]


def test_one_member_belongs_to_two_consortia() -> None:
    campus, second = TERM.belongs_to_two, TERM.second
    assert campus is not None
    assert second is not None
    assert is_member(campus.campus_id, campus.consortium_id, NOW_MS)
    assert is_member(campus.campus_id, second.consortium_id, NOW_MS)


def test_one_member_leaves_this_morning_and_its_supervisor_sees_it_no_more() -> None:
    campus = TERM.leaves
    assert campus is not None
    seen = Object(campus.campus_id, SystemName("net_health"))
    supervisor = principal(Role.SUPERVISOR)
    assert decide(FACTS, supervisor, Access.HISTORY, seen, TERM.left_ms - 1).allowed
    assert not decide(FACTS, supervisor, Access.LIVE, seen, TERM.left_ms).allowed
    assert DAY.opens_ms < TERM.left_ms < NOW_MS


def test_one_member_agreed_that_breaches_of_its_kitchen_are_shown() -> None:
    campus = TERM.agrees
    assert campus is not None
    edge = FACTS.members(campus.consortium_id, NOW_MS)[campus.campus_id]
    assert FACTS.clauses_of(edge.membership_id, NOW_MS) == {"canteen"}


def test_partner_sees_sessions_of_the_other_half_and_nothing_else() -> None:
    core = COUNTY.consortia[0].core.campus_id
    partner = principal(Role.PARTNER)
    assert decide(FACTS, partner, Access.LIVE, Object(core, SystemName("three_classrooms")), NOW_MS).allowed
    assert not decide(FACTS, partner, Access.LIVE, Object(core, SystemName("canteen")), NOW_MS).allowed


def test_a_later_day_of_a_kept_demonstration_leaves_the_dates_as_they_were() -> None:
    assert term_of(COUNTY, DAY) == TERM
    assert term_of(COUNTY, DAY.following()).left_ms != TERM.left_ms

"""Somebody of every role, and a term in which things change: what the demonstration's facts come to."""

import pytest

from api.authority import Object, authenticate, decide
from deploy.demo.facts import registry_facts
from deploy.demo.people import holders, people_facts
from deploy.demo.plan import County
from deploy.demo.planning import plan_county
from deploy.demo.term import LEFT_MS, MODE_CHANGED_MS, term_facts, term_of
from deploy.demo.words import welcome
from schemas.fact_plan import dangling_references
from schemas.ids import SystemName
from schemas.organisation import Organisation
from schemas.registry import Access, Mode, Role, fact_key

COUNTY = plan_county()


def facts_of(county: County) -> Organisation:
    found = Organisation()
    for fact in (*registry_facts(county), *term_facts(county), *people_facts(county)):
        found.put(fact)
    return found


@pytest.mark.parametrize(("campuses", "consortia"), [(1, 1), (2, 1), (10, 2), (40, 4), (300, 30)])
def test_facts_of_a_county_of_any_size_fit_together(campuses: int, consortia: int) -> None:
    county = plan_county(campuses, consortia)
    facts = [*registry_facts(county), *term_facts(county), *people_facts(county)]
    assert dangling_references(facts, Organisation()) == []


def test_every_role_but_the_guardian_has_a_holder_whose_token_says_who_it_is() -> None:
    facts = facts_of(COUNTY)
    found = {holder.role: holder for holder in holders(COUNTY)}
    assert set(found) == set(Role) - {Role.GUARDIAN}
    for role, holder in found.items():
        principal = authenticate(f"Bearer {holder.token(COUNTY.seed).text}", facts, LEFT_MS)
        assert principal is not None
        assert (principal.role, principal.person_id) == (role, holder.person_id)
        assert [found.role for found in facts.appointments_of(holder.person_id)] == [role]


def test_one_member_is_co_built_until_the_day_and_fused_since() -> None:
    campus, facts = term_of(COUNTY).changes_mode, facts_of(COUNTY)
    assert campus is not None
    seen = [
        facts.members(campus.consortium_id, at_ms)[campus.campus_id].mode
        for at_ms in (MODE_CHANGED_MS - 1, MODE_CHANGED_MS)
    ]
    assert seen == [Mode.CO_BUILT, Mode.FUSION]


def test_one_member_leaves_and_its_supervisor_sees_it_no_more() -> None:
    campus, facts = term_of(COUNTY).leaves, facts_of(COUNTY)
    assert campus is not None
    assert campus.campus_id in facts.members(campus.consortium_id, LEFT_MS - 1)
    assert campus.campus_id not in facts.members(campus.consortium_id, LEFT_MS)


def test_one_member_agreed_that_breaches_of_its_kitchen_are_shown() -> None:
    campus, facts = term_of(COUNTY).agrees, facts_of(COUNTY)
    assert campus is not None
    lead = next(item for item in COUNTY.consortia if item.consortium_id == campus.consortium_id)
    edge = facts.members(lead.consortium_id, LEFT_MS)[campus.campus_id]
    assert facts.clauses_of(edge.membership_id, LEFT_MS) == {"canteen"}


def test_partner_sees_sessions_of_the_other_half_and_nothing_else() -> None:
    facts = facts_of(COUNTY)
    partner = next(holder for holder in holders(COUNTY) if holder.role is Role.PARTNER)
    principal = authenticate(f"Bearer {partner.token(COUNTY.seed).text}", facts, LEFT_MS)
    assert principal is not None
    core = COUNTY.consortia[0].core.campus_id
    assert decide(facts, principal, Access.LIVE, Object(core, SystemName("three_classrooms")), LEFT_MS).allowed
    assert not decide(facts, principal, Access.LIVE, Object(core, SystemName("canteen")), LEFT_MS).allowed


def test_facts_of_the_term_come_under_keys_of_the_registry_or_new_ones() -> None:
    keys = [fact_key(fact) for fact in (*term_facts(COUNTY), *people_facts(COUNTY))]
    assert len(keys) == len(set(keys))


def test_welcome_shows_a_token_of_every_role_and_what_changed() -> None:
    text = "\n".join(welcome(COUNTY, "http://gateway", "http://api", "/data", LEFT_MS))
    for holder in holders(COUNTY):
        assert holder.role in (Role.SUPERVISOR, Role.BUREAU) or holder.token(COUNTY.seed).text in text
    assert "2026-11-02" in text
    assert "2026-11-16" in text

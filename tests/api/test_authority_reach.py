"""Which facts a county bureau may write: those of its own county, and no credential, grant or superior."""

import pytest

from api.authority import Principal
from api.authority.principal import principal_of
from api.authority.reach import out_of_reach
from schemas.ids import (
    AgreementId,
    AppointmentId,
    AreaId,
    CampusId,
    DutyId,
    MembershipId,
    PairId,
    PersonId,
)
from schemas.organisation import StoredFact
from schemas.registry import (
    Agreement,
    Appointment,
    Area,
    AreaLevel,
    Campus,
    CrossRegionPair,
    Duty,
    Person,
    Role,
    ViewerCredential,
    fact_key,
)
from tests.api.support.world import CANTEEN, N1, N2, NORTH, S1, SOUTH, campus, consortium, edge, organisation, viewer


def bureau() -> Principal:
    found = viewer("bureau", Role.BUREAU, "area:4201")
    assert isinstance(found, ViewerCredential)
    return principal_of(found)


def appointed(role: Role, scope: str) -> Appointment:
    return Appointment(
        appointment_id=AppointmentId("a-1"),
        person_id=PersonId("p-1"),
        role=role,
        scope=frozenset({scope}),
        valid_from_ms=0,
    )


def agreement(membership: str) -> Agreement:
    return Agreement(
        agreement_id=AgreementId("g-1"),
        membership_id=MembershipId(membership),
        clauses=frozenset({CANTEEN}),
        valid_from_ms=0,
    )


TOWN = Area(area_id=AreaId("4201-01"), level=AreaLevel.TOWNSHIP, name="镇", parent_id=AreaId("4201"))
NEW = campus(CampusId("n-9"), "4201-01")
WITHIN: list[StoredFact] = [
    TOWN,
    campus(N2, "4201"),
    consortium(NORTH, "4201", N1),
    edge(N2, NORTH),
    agreement(f"m-{N2}-{NORTH}"),
    Person(person_id=PersonId("p-1"), name="张"),
    appointed(Role.SUPERVISOR, f"consortium:{NORTH}"),
    appointed(Role.BUREAU, "area:4201"),
    Duty(duty_id=DutyId("d"), person_id=PersonId("p-1"), scope=f"campus:{N2}", valid_from_ms=0, valid_to_ms=1),
]
BEYOND: list[StoredFact] = [
    Area(area_id=AreaId("4201"), level=AreaLevel.COUNTY, name="改名", parent_id=AreaId("42")),
    Area(area_id=AreaId("43"), level=AreaLevel.PROVINCE, name="新省"),
    campus(S1, "4202"),
    consortium(SOUTH, "4202", S1),
    edge(S1, NORTH),
    edge(N2, SOUTH),
    agreement(f"m-{S1}-{SOUTH}"),
    agreement("m-none"),
    appointed(Role.SUPERVISOR, f"consortium:{SOUTH}"),
    appointed(Role.PROVINCE, "area:4201"),
    appointed(Role.BUREAU, "area:42"),
    CrossRegionPair(pair_id=PairId("x"), campus_ids=frozenset({N2, S1}), valid_from_ms=0),
    viewer("friend", Role.BUREAU, "area:4201"),
]


@pytest.mark.parametrize("fact", WITHIN, ids=fact_key)
def test_facts_of_the_own_county_may_be_written(fact: StoredFact) -> None:
    assert out_of_reach((fact,), bureau(), organisation()) == []


@pytest.mark.parametrize("fact", BEYOND, ids=fact_key)
def test_facts_of_others_and_above_may_not(fact: StoredFact) -> None:
    assert out_of_reach((fact,), bureau(), organisation()) == [fact_key(fact)]


def test_new_campus_in_a_new_town_is_found_among_the_facts_themselves() -> None:
    assert out_of_reach((TOWN, NEW, edge(NEW.campus_id, NORTH)), bureau(), organisation()) == []


def test_campus_of_another_county_cannot_be_moved_into_the_own_one() -> None:
    taken: Campus = campus(S1, "4201")
    assert out_of_reach((taken,), bureau(), organisation()) == [f"campus/{S1}"]

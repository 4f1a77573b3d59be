"""The organisation as a fold: what dated facts say at an instant, and what is left when they are withdrawn."""

import pytest

from schemas.fact_plan import FactsRefusedError, plan_that_fits
from schemas.ids import (
    AgreementId,
    CampusId,
    ConsortiumId,
    DutyId,
    GrantId,
    MembershipId,
    PairId,
    PersonId,
    SystemName,
    TokenId,
)
from schemas.organisation import Organisation, StoredFact
from schemas.registry import (
    Access,
    Agreement,
    CrossRegionPair,
    Duty,
    Grant,
    Membership,
    Mode,
    Person,
    Role,
    ViewerCredential,
    fact_key,
)
from schemas.timeline import Timeline, boundaries_of

A, B, K = CampusId("a"), CampusId("b"), ConsortiumId("k")
EDGE = Membership(
    membership_id=MembershipId("m"), campus_id=A, consortium_id=K, mode=Mode.CO_BUILT, valid_from_ms=10, valid_to_ms=90
)
AGREEMENT = Agreement(
    agreement_id=AgreementId("g"),
    membership_id=EDGE.membership_id,
    clauses=frozenset({SystemName("canteen")}),
    valid_from_ms=20,
    valid_to_ms=50,
)
PAIR = CrossRegionPair(pair_id=PairId("p"), campus_ids=frozenset({A, B}), valid_from_ms=30, valid_to_ms=60)
GRANT = Grant(
    grant_id=GrantId("r"),
    person_id=PersonId("x"),
    campus_ids=frozenset({A}),
    systems=frozenset({SystemName("canteen")}),
    access=frozenset({Access.LIVE}),
    purpose="food safety",
    legal_basis="PIPL 13",
    approver_id=PersonId("y"),
    valid_from_ms=15,
    valid_to_ms=45,
)
DUTY = Duty(duty_id=DutyId("d"), person_id=PersonId("x"), scope="consortium:k", valid_from_ms=70, valid_to_ms=80)
DATED: list[StoredFact] = [EDGE, AGREEMENT, PAIR, GRANT, DUTY]


@pytest.fixture
def known() -> Organisation:
    found = Organisation()
    for fact in DATED:
        found.put(fact)
    return found


def test_clauses_count_while_their_agreement_holds(known: Organisation) -> None:
    seen = [known.clauses_of(EDGE.membership_id, at_ms) for at_ms in (19, 20, 49, 50)]
    assert seen == [frozenset(), AGREEMENT.clauses, AGREEMENT.clauses, frozenset()]


def test_pair_binds_both_halves_while_it_holds(known: Organisation) -> None:
    assert [known.paired_with(A, at_ms) for at_ms in (29, 30, 60)] == [frozenset(), {B}, frozenset()]
    assert known.paired_with(B, 30) == {A}


def test_next_change_walks_every_boundary_in_order(known: Organisation) -> None:
    seen, at_ms = [], known.next_change_ms(0)
    while at_ms is not None:
        seen.append(at_ms)
        at_ms = known.next_change_ms(at_ms)
    assert seen == [10, 15, 20, 30, 45, 50, 60, 70, 80, 90]


def test_changes_of_a_campus_are_those_of_its_own_bonds(known: Organisation) -> None:
    assert known.changes_of_campus(A) == {10, 90, 20, 50, 30, 60}
    assert known.changes_of_campus(B) == {30, 60}
    assert known.changes_of_campus(CampusId("nowhere")) == set()


def test_nothing_is_left_of_withdrawn_facts(known: Organisation) -> None:
    for fact in DATED:
        known.apply(fact_key(fact), None)
    assert known.next_change_ms(0) is None
    assert known.changes_of_campus(A) == set()
    assert list(known.grants_of(PersonId("x"))) == []
    assert list(known.edges_of(A)) == []
    assert (known.pairs, known.duties, known.grants) == ({}, {}, {})


def test_changed_fact_moves_its_boundaries(known: Organisation) -> None:
    known.put(PAIR.model_copy(update={"valid_to_ms": 61}))
    assert known.next_change_ms(50) == 61
    assert known.next_change_ms(61) == 70


def test_token_that_expires_is_a_change_and_one_without_end_is_none() -> None:
    token = ViewerCredential(token_id=TokenId("t"), token_sha256="0" * 64, role=Role.BUREAU, scope=frozenset())
    assert list(boundaries_of(token)) == []
    assert list(boundaries_of(token.model_copy(update={"not_after_ms": 7}))) == [7]


def test_instant_shared_by_two_facts_stays_until_both_are_gone() -> None:
    line = Timeline()
    line.add([5, 9])
    line.add([5])
    line.discard([5])
    assert line.after(0) == 5
    line.discard([5])
    assert line.after(0) == 9


def test_facts_that_name_what_nobody_knows_are_refused_with_every_name() -> None:
    with pytest.raises(FactsRefusedError) as refused:
        plan_that_fits([AGREEMENT, PAIR, DUTY], Organisation())
    for name in ("membership/m", "campus/a", "campus/b", "person/x", "consortium/k"):
        assert name in refused.value.cause


def test_every_kind_of_fact_has_a_key_of_its_own() -> None:
    assert [fact_key(fact) for fact in DATED] == ["membership/m", "agreement/g", "pair/p", "grant/r", "duty/d"]
    assert fact_key(Person(person_id=PersonId("x"), name="某")) == "person/x"

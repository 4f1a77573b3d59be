"""What goes on between campuses, and who is on duty: each condition of the matrix opens and shuts by its dates."""

import json
from typing import NamedTuple

import pytest

from api.authority import Object, Principal, decide
from api.authority.conditions import CONDITIONS
from api.authority.matrix import default_matrix
from api.authority.policy import Action, Target, authorize
from api.authority.principal import principal_of
from api.authority.reach import out_of_reach
from api.authority.scope import Interval, history_scope
from api.authority.sight import sight_of
from schemas.dealings import NOTHING_SHARED
from schemas.fact_plan import FactsRefusedError, parse_facts, plan_that_fits
from schemas.ids import (
    CampusId,
    DutyId,
    EscalationId,
    JointSessionId,
    MembershipId,
    PersonId,
    ProjectVisitId,
    SharedBusId,
    SystemName,
)
from schemas.organisation import Organisation, StoredFact
from schemas.registry import (
    Access,
    Centre,
    Duty,
    Escalation,
    JointSession,
    Membership,
    Mode,
    Person,
    ProjectVisit,
    Role,
    SharedBus,
    ViewerCredential,
    fact_key,
)
from tests.api.support.world import BUS, CANTEEN, N1, N2, N3, NORTH, NOW_MS, S1, SOUTH, organisation, viewer

DEVICES, LESSON, SECURITY = SystemName("device_control"), SystemName("lesson_ops"), SystemName("campus_security")
VISITS = SystemName("walk_teaching")
FROM_MS, TO_MS = NOW_MS - 1000, NOW_MS + 1000
WORKER = PersonId("p-1")


def session(host: CampusId, *others: CampusId, systems: tuple[SystemName, ...] = (LESSON, DEVICES)) -> JointSession:
    return JointSession(
        joint_session_id=JointSessionId("js-1"),
        host_campus_id=host,
        campus_ids=frozenset(others),
        systems=frozenset(systems),
        valid_from_ms=FROM_MS,
        valid_to_ms=TO_MS,
    )


def shared_bus(campus_id: CampusId, *riders: CampusId) -> SharedBus:
    return SharedBus(
        shared_bus_id=SharedBusId("sb-1"),
        campus_id=campus_id,
        rider_campus_ids=frozenset(riders),
        valid_from_ms=FROM_MS,
        valid_to_ms=TO_MS,
    )


def visit(from_id: CampusId, to_id: CampusId) -> ProjectVisit:
    return ProjectVisit(
        project_visit_id=ProjectVisitId("pv-1"),
        from_campus_id=from_id,
        to_campus_id=to_id,
        project="走教英语",
        valid_from_ms=FROM_MS,
        valid_to_ms=TO_MS,
    )


def escalation(campus_id: CampusId, consortium_id: str = NORTH, system: SystemName = SECURITY) -> Escalation:
    return Escalation.model_validate(
        {
            "escalation_id": EscalationId("es-1"),
            "campus_id": campus_id,
            "consortium_id": consortium_id,
            "systems": [system],
            "reason": "校门口人群聚集",
            "valid_from_ms": FROM_MS,
            "valid_to_ms": TO_MS,
        }
    )


def duty(scope: str = f"campus:{N2}") -> Duty:
    return Duty(duty_id=DutyId("d-1"), person_id=WORKER, scope=scope, valid_from_ms=FROM_MS, valid_to_ms=TO_MS)


DEALINGS: list[StoredFact] = [session(N1, N2), shared_bus(N2, N1), visit(N1, N2), escalation(N2)]


def who(role: Role, *scope: str, person_id: PersonId | None = None, centres: tuple[Centre, ...] = ()) -> Principal:
    credential = viewer("anyone", role, *scope)
    assert isinstance(credential, ViewerCredential)
    return principal_of(credential.model_copy(update={"person_id": person_id, "centres": frozenset(centres)}))


SUPERVISOR = who(Role.SUPERVISOR, f"consortium:{NORTH}")


def known(mode: Mode, *facts: StoredFact) -> Organisation:
    """The north, whose second member is bound in the mode, and the facts."""
    found = organisation()
    edge = Membership(
        membership_id=MembershipId(f"m-{N2}-{NORTH}"), campus_id=N2, consortium_id=NORTH, mode=mode, valid_from_ms=0
    )
    for fact in (edge, *facts):
        found.put(fact)
    return found


class Opening(NamedTuple):
    """A cell whose condition a fact fulfils."""

    condition: str
    mode: Mode
    access: Access
    system: SystemName
    fact: StoredFact


OPENINGS = [
    Opening("joint_session", Mode.COOPERATIVE, Access.LIVE, LESSON, session(N1, N2)),
    Opening("joint_session", Mode.COOPERATIVE, Access.LIVE, LESSON, session(N2, N1, N3)),
    Opening("hosted_session", Mode.CO_BUILT, Access.COMMAND, DEVICES, session(N1, N2)),
    Opening("own_pupils", Mode.CO_BUILT, Access.LIVE, BUS, shared_bus(N2, N1)),
    Opening("own_pupils", Mode.CO_BUILT, Access.HISTORY, BUS, shared_bus(N2, N3, N1)),
    Opening("project_visit", Mode.COOPERATIVE, Access.LIVE, VISITS, visit(N1, N2)),
    Opening("project_visit", Mode.COOPERATIVE, Access.HISTORY, VISITS, visit(N2, N1)),
    Opening("escalated", Mode.COOPERATIVE, Access.LIVE, SECURITY, escalation(N2)),
]


@pytest.mark.parametrize("opening", OPENINGS)
def test_fact_opens_its_cell_from_its_first_millisecond_to_its_last(opening: Opening) -> None:
    facts, target = known(opening.mode, opening.fact), Object(N2, opening.system)
    verdicts = [
        decide(facts, SUPERVISOR, opening.access, target, at_ms) for at_ms in (FROM_MS - 1, FROM_MS, TO_MS - 1, TO_MS)
    ]
    assert [verdict.allowed for verdict in verdicts] == [False, True, True, False]
    prefix = f"supervisor/{opening.system}/{opening.mode}/{opening.access}"
    assert {verdict.rule for verdict in verdicts} == {
        f"{prefix}/{opening.condition}",
        f"{prefix}/not_{opening.condition}",
    }
    facts.apply(fact_key(opening.fact), None)
    assert not decide(facts, SUPERVISOR, opening.access, target, NOW_MS).allowed


SHUT = [
    Opening("session of others", Mode.COOPERATIVE, Access.LIVE, LESSON, session(N2, N3)),
    Opening("session elsewhere", Mode.COOPERATIVE, Access.LIVE, LESSON, session(N1, N3)),
    Opening("another system", Mode.COOPERATIVE, Access.LIVE, LESSON, session(N1, N2, systems=(DEVICES,))),
    Opening("hosted by the member", Mode.CO_BUILT, Access.COMMAND, DEVICES, session(N2, N1)),
    Opening("no cell for it", Mode.COOPERATIVE, Access.LIVE, CANTEEN, session(N1, N2, systems=(CANTEEN,))),
    Opening("pupils of others", Mode.CO_BUILT, Access.LIVE, BUS, shared_bus(N2, N3)),
    Opening("buses of the core school", Mode.CO_BUILT, Access.LIVE, BUS, shared_bus(N1, N2)),
    Opening("visit of others", Mode.COOPERATIVE, Access.LIVE, VISITS, visit(N3, N2)),
    Opening("another consortium", Mode.COOPERATIVE, Access.LIVE, SECURITY, escalation(N2, SOUTH)),
    Opening("another campus", Mode.COOPERATIVE, Access.LIVE, SECURITY, escalation(N3)),
    Opening("another system shown", Mode.COOPERATIVE, Access.LIVE, SECURITY, escalation(N2, system=BUS)),
]


@pytest.mark.parametrize("shut", SHUT, ids=lambda shut: shut.condition)
def test_what_is_going_on_between_others_opens_nothing(shut: Opening) -> None:
    assert not decide(known(shut.mode, shut.fact), SUPERVISOR, shut.access, Object(N2, shut.system), NOW_MS).allowed


def test_every_condition_of_the_shipped_matrix_can_be_fulfilled() -> None:
    """None is left that no fact speaks of: those of the dealings are opened above, the others elsewhere."""
    used = {
        rule.condition.__name__
        for row in default_matrix().roles.values()
        for column in row.columns.values()
        for cell in column.values()
        for rule in cell.values()
        if rule.condition is not None
    }
    elsewhere = {"severity_1_2", "agreed", "breach_if_agreed", "own_end", "own_end_or_mean", "own_centre", "rollup"}
    assert used == {opening.condition for opening in OPENINGS} | elsewhere | {"incident", "own_centre_or_duty"}
    assert set(CONDITIONS) == used


@pytest.mark.parametrize("mode", Mode)
def test_sight_and_decide_agree_on_dealings(mode: Mode) -> None:
    facts = known(mode, *DEALINGS)
    for at_ms in (FROM_MS - 1, FROM_MS, TO_MS):
        sight = sight_of(SUPERVISOR, facts, N2, at_ms)
        for system in (LESSON, DEVICES, BUS, VISITS, SECURITY, CANTEEN):
            is_live = decide(facts, SUPERVISOR, Access.LIVE, Object(N2, system), at_ms).allowed
            assert (sight.form_of(system) == "full") == is_live, (system, at_ms)


def test_history_shows_the_time_of_the_visit_and_no_more() -> None:
    scope = history_scope(
        SUPERVISOR, known(Mode.COOPERATIVE, *DEALINGS), [N2], [VISITS, CANTEEN], Interval(0, 2 * NOW_MS)
    )
    assert [(slot.from_ms, slot.to_ms, list(slot.systems)) for slot in scope.slots] == [(FROM_MS, TO_MS, [VISITS])]


def test_streams_are_judged_again_when_a_session_begins_and_ends() -> None:
    facts = known(Mode.COOPERATIVE, session(N1, N2))
    assert facts.next_change_ms(FROM_MS - 1) == FROM_MS
    assert facts.next_change_ms(TO_MS - 1) == TO_MS


def test_member_of_staff_on_duty_sees_the_whole_campus_while_the_turn_lasts() -> None:
    facts = known(Mode.FUSION, duty())
    teacher = who(Role.STAFF, f"campus:{N2}", person_id=WORKER, centres=(Centre.TEACHING,))
    live = [decide(facts, teacher, Access.LIVE, Object(N2, CANTEEN), at).allowed for at in (FROM_MS - 1, NOW_MS, TO_MS)]
    assert live == [False, True, False]
    assert not decide(facts, teacher, Access.HISTORY, Object(N2, CANTEEN), NOW_MS).allowed
    assert not decide(facts, teacher, Access.COMMAND, Object(N2, CANTEEN), NOW_MS).allowed
    assert sight_of(teacher, facts, N2, NOW_MS).form_of(CANTEEN) == "full"
    colleague = who(Role.STAFF, f"campus:{N2}", person_id=PersonId("p-2"), centres=(Centre.TEACHING,))
    assert not decide(facts, colleague, Access.LIVE, Object(N2, CANTEEN), NOW_MS).allowed


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        (f"campus:{N2}", True),
        (f"consortium:{NORTH}", True),
        ("area:4201", True),
        ("area:42", True),
        (f"campus:{N3}", False),
        (f"consortium:{SOUTH}", False),
        ("area:4202", False),
    ],
)
def test_member_of_staff_breaks_the_glass_on_duty_over_the_campus_only(scope: str, *, allowed: bool) -> None:
    facts = known(Mode.FUSION, duty(scope))
    target, worker = Target("campus", N2), who(Role.STAFF, f"campus:{N2}", person_id=WORKER)
    seen = [
        authorize(worker, Action.TAKE_EMERGENCY, target, facts, at_ms).allowed
        for at_ms in (FROM_MS - 1, FROM_MS, TO_MS)
    ]
    assert seen == [False, allowed, False]
    program = who(Role.STAFF, f"campus:{N2}")
    assert not authorize(program, Action.TAKE_EMERGENCY, target, facts, NOW_MS).allowed


@pytest.mark.parametrize("fact", DEALINGS, ids=fact_key)
def test_bureau_states_what_goes_on_between_its_own_campuses(fact: StoredFact) -> None:
    own, foreign = who(Role.BUREAU, "area:4201"), who(Role.BUREAU, "area:4202")
    assert out_of_reach((fact,), own, organisation()) == []
    assert out_of_reach((fact,), foreign, organisation()) == [fact_key(fact)]


@pytest.mark.parametrize("fact", [session(N1, S1), shared_bus(N1, S1), visit(S1, N1)], ids=fact_key)
def test_what_reaches_into_another_county_is_not_for_one_bureau_alone(fact: StoredFact) -> None:
    assert out_of_reach((fact,), who(Role.BUREAU, "area:4201"), organisation()) == [fact_key(fact)]


def test_principal_states_escalations_and_the_rota_of_the_own_campus_and_nothing_else() -> None:
    principal = who(Role.PRINCIPAL, f"campus:{N2}")
    assert out_of_reach((escalation(N2), duty()), principal, organisation()) == []
    beyond = (escalation(N3), duty(f"consortium:{NORTH}"), session(N2, N1), Person(person_id=WORKER, name="张"))
    assert out_of_reach(beyond, principal, organisation()) == [fact_key(fact) for fact in beyond]
    taken = organisation()
    taken.put(escalation(N3))
    assert out_of_reach((escalation(N2),), principal, taken) == ["escalation/es-1"]


def test_dealings_come_from_a_file_and_name_what_exists() -> None:
    lines = "\n".join(fact.model_dump_json() for fact in DEALINGS)
    assert parse_facts(lines) == DEALINGS
    assert plan_that_fits(parse_facts(lines), organisation()).add == tuple(DEALINGS)
    with pytest.raises(FactsRefusedError) as refused:
        plan_that_fits(DEALINGS, Organisation())
    for name in (f"campus/{N1}", f"campus/{N2}", f"consortium/{NORTH}"):
        assert name in refused.value.cause


@pytest.mark.parametrize(
    ("fact", "word"),
    [
        (session(N1, N2).model_copy(update={"valid_to_ms": FROM_MS - 1}), "before it begins"),
        (shared_bus(N2, N1).model_copy(update={"valid_to_ms": 5}), "before it begins"),
        (escalation(N2).model_copy(update={"valid_to_ms": FROM_MS + 86_400_001}), "longer than a day"),
    ],
)
def test_dates_that_cannot_be_meant_are_refused(fact: StoredFact, word: str) -> None:
    with pytest.raises(FactsRefusedError) as refused:
        plan_that_fits([fact], organisation())
    assert word in refused.value.cause


def test_nothing_is_left_of_withdrawn_dealings() -> None:
    facts = known(Mode.COOPERATIVE, *DEALINGS)
    before = organisation().changes_of_campus(N2)
    for fact in DEALINGS:
        facts.apply(fact_key(fact), None)
    assert facts.changes_of_campus(N2) == before
    assert facts.shared_with_core(N2, facts.consortia[NORTH], NOW_MS) == NOTHING_SHARED


def test_session_without_anything_shared_is_no_fact() -> None:
    empty = json.dumps(json.loads(session(N1, N2).model_dump_json()) | {"systems": []})
    with pytest.raises(FactsRefusedError):
        parse_facts(empty)

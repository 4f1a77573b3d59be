"""The one question of authority, answered case by case; and that streams and overviews see what it says."""

import pytest

from api.authority import Object, Principal, decide
from api.authority.footing import footings
from api.authority.matrix import default_matrix
from api.authority.principal import principal_of
from api.authority.scope import Interval, history_scope
from api.authority.sight import known_systems, rollup_sight_of, sight_of
from schemas.events import Classification
from schemas.ids import (
    AgreementId,
    AppointmentId,
    CampusId,
    GrantId,
    MembershipId,
    PairId,
    PersonId,
    SystemName,
)
from schemas.organisation import Organisation
from schemas.registry import (
    Access,
    Agreement,
    Appointment,
    Centre,
    CrossRegionPair,
    Grant,
    Membership,
    Mode,
    Role,
    ViewerCredential,
)
from tests.api.support.world import BUS, CANTEEN, FORMER, N1, N2, N3, NORTH, NOW_MS, S1, organisation, viewer

NET, LESSON = SystemName("net_health"), SystemName("lesson_ops")
KITCHEN_VIDEO, CLASSROOM_VIDEO = SystemName("kitchen_video"), SystemName("classroom_video")
PERSON = PersonId("p-1")


def who(role: Role, *scope: str, centres: frozenset[Centre] = frozenset()) -> Principal:
    credential = viewer("anyone", role, *scope)
    assert isinstance(credential, ViewerCredential)
    return principal_of(credential.model_copy(update={"centres": centres}))


def person(role: Role, *scope: str, appointment: str | None = None) -> Principal:
    found = vars(who(role, *scope))
    appointment_id = AppointmentId(appointment) if appointment else None
    return Principal(**{**found, "person_id": PERSON, "appointment_id": appointment_id})


def bind(facts: Organisation, campus_id: CampusId, mode: Mode, from_ms: int = 0, to_ms: int | None = None) -> None:
    facts.put(
        Membership(
            membership_id=MembershipId(f"m-{campus_id}-{NORTH}"),
            campus_id=campus_id,
            consortium_id=NORTH,
            mode=mode,
            valid_from_ms=from_ms,
            valid_to_ms=to_ms,
        )
    )


def grant(**changes: object) -> Grant:
    made = Grant(
        grant_id=GrantId("g-1"),
        person_id=PERSON,
        campus_ids=frozenset({N2}),
        systems=frozenset({CANTEEN}),
        access=frozenset({Access.LIVE, Access.HISTORY}),
        purpose="食品安全核查",
        legal_basis="食品安全法",
        approver_id=PersonId("p-2"),
        valid_from_ms=NOW_MS - 10,
        valid_to_ms=NOW_MS + 10,
    )
    return made.model_copy(update=changes)


@pytest.fixture
def facts() -> Organisation:
    return organisation()


SUPERVISOR = who(Role.SUPERVISOR, f"consortium:{NORTH}")


def allows(
    facts: Organisation,
    principal: Principal,
    access: Access,
    system: SystemName = CANTEEN,
    *,
    severity: int | None = None,
    classification: Classification | None = None,
    is_rollup: bool = False,
) -> bool:
    target = Object(N2, system, classification, severity, is_rollup)
    return decide(facts, principal, access, target, NOW_MS).allowed


def test_mode_of_the_edge_decides_what_a_supervisor_sees(facts: Organisation) -> None:
    seen = {}
    for mode in Mode:
        bind(facts, N2, mode)
        seen[mode] = [allows(facts, SUPERVISOR, access) for access in (Access.LIVE, Access.AGGREGATE)]
    assert seen == {Mode.FUSION: [True, True], Mode.CO_BUILT: [False, True], Mode.COOPERATIVE: [False, False]}


def test_verdict_names_its_rule_and_its_form(facts: Organisation) -> None:
    bind(facts, N2, Mode.CO_BUILT)
    live = decide(facts, SUPERVISOR, Access.LIVE, Object(N2, CANTEEN), NOW_MS)
    counts = decide(facts, SUPERVISOR, Access.AGGREGATE, Object(N2, CANTEEN), NOW_MS)
    assert (live.allowed, live.rule) == (False, "supervisor/canteen/co_built/live/not_breach_if_agreed")
    assert (counts.allowed, counts.rule) == (True, "supervisor/canteen/co_built/aggregate/allowed")
    assert counts.form == "aggregate"


def test_core_school_sees_its_own_campus_whatever_the_mode(facts: Organisation) -> None:
    bind(facts, N1, Mode.COOPERATIVE)
    assert decide(facts, SUPERVISOR, Access.LIVE, Object(N1, CANTEEN), NOW_MS).allowed


def test_agreement_opens_a_breach_and_nothing_else_for_as_long_as_it_holds(facts: Organisation) -> None:
    bind(facts, N2, Mode.CO_BUILT)
    assert not allows(facts, SUPERVISOR, Access.LIVE, severity=1)
    facts.put(
        Agreement(
            agreement_id=AgreementId("a-1"),
            membership_id=MembershipId(f"m-{N2}-{NORTH}"),
            clauses=frozenset({CANTEEN}),
            valid_from_ms=0,
            valid_to_ms=NOW_MS + 1,
        )
    )
    assert allows(facts, SUPERVISOR, Access.LIVE, severity=1)
    assert not allows(facts, SUPERVISOR, Access.LIVE)
    assert not decide(facts, SUPERVISOR, Access.LIVE, Object(N2, CANTEEN, severity=1), NOW_MS + 1).allowed


def test_foreign_unknown_and_former_campuses_give_no_footing(facts: Organisation) -> None:
    for campus_id in (S1, FORMER, CampusId("no-such")):
        verdict = decide(facts, SUPERVISOR, Access.AGGREGATE, Object(campus_id, CANTEEN), NOW_MS)
        assert (verdict.allowed, verdict.rule) == (False, "no_footing")


def test_system_that_no_row_names_is_denied_by_mode_and_the_principals_own(facts: Organisation) -> None:
    assert not allows(facts, SUPERVISOR, Access.LIVE, SystemName("swimming_pool"))
    assert allows(facts, who(Role.PRINCIPAL, f"campus:{N2}"), Access.LIVE, SystemName("swimming_pool"))


def test_staff_see_the_systems_of_their_centres(facts: Organisation) -> None:
    cook = who(Role.STAFF, f"campus:{N2}", centres=frozenset({Centre.LOGISTICS}))
    assert allows(facts, cook, Access.LIVE, CANTEEN)
    assert not allows(facts, cook, Access.LIVE, LESSON)
    assert allows(facts, who(Role.STAFF, f"campus:{N2}"), Access.LIVE, LESSON)


def test_city_is_told_counts_and_severe_alerts(facts: Organisation) -> None:
    city = who(Role.CITY, "area:42")
    assert [allows(facts, city, Access.LIVE, severity=severity) for severity in (1, 2, 3)] == [True, True, False]
    assert allows(facts, city, Access.AGGREGATE)
    assert not allows(facts, city, Access.LIVE)
    assert allows(facts, city, Access.LIVE, NET)


def test_province_is_told_of_consortia_only(facts: Organisation) -> None:
    province = who(Role.PROVINCE, "area:42")
    assert not allows(facts, province, Access.AGGREGATE)
    assert allows(facts, province, Access.AGGREGATE, is_rollup=True)


def test_partner_sees_sessions_of_the_other_half_while_the_pair_holds(facts: Organisation) -> None:
    partner = who(Role.PARTNER, f"campus:{S1}")
    sessions = SystemName("three_classrooms")
    assert not allows(facts, partner, Access.LIVE, sessions)
    facts.put(CrossRegionPair(pair_id=PairId("x"), campus_ids=frozenset({S1, N2}), valid_from_ms=0))
    assert allows(facts, partner, Access.LIVE, sessions)
    assert not allows(facts, partner, Access.LIVE, CANTEEN)


@pytest.mark.parametrize("role", [Role.GUARDIAN, Role.OPERATOR, Role.INVESTIGATOR, Role.AUDITOR])
def test_roles_without_content_have_none_even_with_every_scope(facts: Organisation, role: Role) -> None:
    principal = who(role, f"consortium:{NORTH}", f"campus:{N2}", "area:42")
    assert not any(allows(facts, principal, access) for access in Access)


def test_events_about_a_child_are_for_its_own_principal_or_by_grant(facts: Organisation) -> None:
    minor = Classification.MINOR
    assert allows(facts, who(Role.PRINCIPAL, f"campus:{N2}"), Access.HISTORY, BUS, classification=minor)
    supervisor = person(Role.SUPERVISOR, f"consortium:{NORTH}")
    assert not allows(facts, supervisor, Access.HISTORY, BUS, classification=minor)
    facts.put(grant(systems=frozenset({BUS})))
    assert allows(facts, supervisor, Access.HISTORY, BUS, classification=minor)


def test_grant_adds_what_it_names_while_it_and_the_membership_hold(facts: Organisation) -> None:
    bind(facts, N2, Mode.COOPERATIVE)
    supervisor = person(Role.SUPERVISOR, f"consortium:{NORTH}")
    facts.put(grant())
    target = Object(N2, CANTEEN)
    seen = [
        decide(facts, supervisor, Access.LIVE, target, at_ms).allowed
        for at_ms in (NOW_MS - 11, NOW_MS - 10, NOW_MS + 9, NOW_MS + 10)
    ]
    assert seen == [False, True, True, False]
    assert decide(facts, supervisor, Access.LIVE, target, NOW_MS).rule == "grant/g-1"
    assert not decide(facts, SUPERVISOR, Access.LIVE, target, NOW_MS).allowed
    assert not allows(facts, supervisor, Access.LIVE, BUS)
    bind(facts, N2, Mode.COOPERATIVE, to_ms=NOW_MS)
    assert not allows(facts, supervisor, Access.LIVE)


def test_no_grant_lets_anybody_command(facts: Organisation) -> None:
    facts.put(grant(access=frozenset({Access.COMMAND})))
    assert not allows(facts, person(Role.BUREAU, "area:42"), Access.COMMAND)


def test_video_needs_a_grant_and_a_row_that_lets_a_grant_open_it(facts: Organisation) -> None:
    supervisor = person(Role.SUPERVISOR, f"consortium:{NORTH}")
    assert not allows(facts, supervisor, Access.VIDEO, CLASSROOM_VIDEO)
    facts.put(grant(access=frozenset({Access.VIDEO}), systems=frozenset({CLASSROOM_VIDEO, CANTEEN})))
    assert allows(facts, supervisor, Access.VIDEO, CLASSROOM_VIDEO)
    assert not allows(facts, supervisor, Access.VIDEO, CANTEEN)
    bind(facts, N2, Mode.COOPERATIVE)
    assert not allows(facts, supervisor, Access.VIDEO, CLASSROOM_VIDEO)


def test_bureau_opens_video_in_an_emergency_only(facts: Organisation) -> None:
    bureau = person(Role.BUREAU, "area:42")
    facts.put(grant(access=frozenset({Access.VIDEO}), systems=frozenset({KITCHEN_VIDEO})))
    assert not allows(facts, bureau, Access.VIDEO, KITCHEN_VIDEO)
    facts.put(grant(access=frozenset({Access.VIDEO}), systems=frozenset({KITCHEN_VIDEO}), is_emergency=True))
    assert allows(facts, bureau, Access.VIDEO, KITCHEN_VIDEO)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("mode", Mode)
def test_sight_says_what_decide_says(facts: Organisation, role: Role, mode: Mode) -> None:
    bind(facts, N2, mode)
    facts.put(grant())
    principal = person(role, f"consortium:{NORTH}", f"campus:{N2}", "area:4201")
    sight = sight_of(principal, facts, N2, NOW_MS)
    for system in sorted(known_systems() | {SystemName("swimming_pool")}):
        is_live = allows(facts, principal, Access.LIVE, system)
        is_counted = allows(facts, principal, Access.AGGREGATE, system)
        assert sight.form_of(system) == ("full" if is_live else "aggregate" if is_counted else None), system
        for severity in (1, 2, 3, 4):
            expected = allows(facts, principal, Access.LIVE, system, severity=severity)
            assert sight.shows_alert(system, severity) == expected, (system, severity)


def test_figure_of_a_consortium_is_told_as_its_most_guarded_member_is(facts: Organisation) -> None:
    assert rollup_sight_of(SUPERVISOR, facts, NORTH, NOW_MS).form_of(CANTEEN) == "full"
    bind(facts, N2, Mode.CO_BUILT)
    assert rollup_sight_of(SUPERVISOR, facts, NORTH, NOW_MS).form_of(CANTEEN) == "aggregate"
    bind(facts, N3, Mode.COOPERATIVE)
    assert rollup_sight_of(SUPERVISOR, facts, NORTH, NOW_MS).form_of(CANTEEN) is None
    assert rollup_sight_of(who(Role.PROVINCE, "area:42"), facts, NORTH, NOW_MS).form_of(CANTEEN) == "aggregate"


def test_history_is_cut_where_mode_and_membership_change(facts: Organisation) -> None:
    bind(facts, N2, Mode.FUSION, from_ms=100, to_ms=200)
    facts.put(
        Membership(
            membership_id=MembershipId("m-later"),
            campus_id=N2,
            consortium_id=NORTH,
            mode=Mode.CO_BUILT,
            valid_from_ms=200,
            valid_to_ms=300,
        )
    )
    scope = history_scope(SUPERVISOR, facts, [N2], [CANTEEN, LESSON], Interval(0, 400))
    assert [(slot.from_ms, slot.to_ms, set(slot.systems)) for slot in scope.slots] == [
        (100, 200, {CANTEEN, LESSON}),
        (200, 300, {LESSON}),
    ]


@pytest.mark.parametrize("role", [Role.TOWNSHIP, Role.CITY, Role.PROVINCE])
def test_whoever_sees_counts_only_has_no_slot_of_history(facts: Organisation, role: Role) -> None:
    assert history_scope(who(role, "area:42"), facts, [N2], [CANTEEN], Interval(0, NOW_MS)).is_empty()


def test_person_sees_the_time_of_the_appointment(facts: Organisation) -> None:
    facts.put(
        Appointment(
            appointment_id=AppointmentId("a-1"),
            person_id=PERSON,
            role=Role.PRINCIPAL,
            scope=frozenset({f"campus:{N2}"}),
            valid_from_ms=50,
            valid_to_ms=80,
        )
    )
    principal = person(Role.PRINCIPAL, f"campus:{N2}", appointment="a-1")
    assert [
        (slot.from_ms, slot.to_ms) for slot in history_scope(principal, facts, [N2], [CANTEEN], Interval(0, 100)).slots
    ] == [(50, 80)]
    facts.apply("appointment/a-1", None)
    assert history_scope(principal, facts, [N2], [CANTEEN], Interval(0, 100)).is_empty()


def test_grant_held_now_opens_the_past_and_looked_at_from_then_it_does_not(facts: Organisation) -> None:
    auditor = person(Role.AUDITOR, "area:42")
    facts.put(grant())
    past = Interval(NOW_MS - 1000, NOW_MS - 500)
    assert history_scope(auditor, facts, [N2], [CANTEEN], past).is_empty()
    assert not history_scope(auditor, facts, [N2], [CANTEEN], past, granted_at_ms=NOW_MS).is_empty()
    assert history_scope(auditor, facts, [N2], [CANTEEN], past, granted_at_ms=NOW_MS + 10).is_empty()


def test_two_memberships_give_the_wider_of_both(facts: Organisation) -> None:
    bind(facts, N2, Mode.COOPERATIVE)
    facts.put(
        Membership(
            membership_id=MembershipId("m-2"), campus_id=N2, consortium_id=NORTH, mode=Mode.FUSION, valid_from_ms=0
        )
    )
    stands = footings(default_matrix().roles[Role.SUPERVISOR].stands, SUPERVISOR, facts, N2, NOW_MS)
    assert len(stands) == 2
    assert allows(facts, SUPERVISOR, Access.LIVE)

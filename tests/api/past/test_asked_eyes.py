"""An auditor may ask what somebody else could see then, and sees no more than both."""

import pytest

from api.authority.principal import Principal
from api.authority.scope import Interval
from api.past.asked import AskedEyes, Wanted, documents_of, readable
from api.past.errors import AskedRoleError
from api.past.snapshots import DocumentId
from api.viewer import Viewer
from schemas.clock import DAY_MS
from schemas.ids import AppointmentId, AreaId, CampusId, GrantId, PersonId, SystemName, TokenId
from schemas.organisation import Organisation
from schemas.registry import Access, Appointment, Grant, Role
from tests.api.support.serving import Rig
from tests.api.support.world import BUS, CANTEEN, N1, N2, N3, NORTH, NOW_MS, S1, organisation

AUDITOR, HEAD = PersonId("p-auditor"), PersonId("p-head")
NET = SystemName("net_health")
SYSTEMS = (CANTEEN, BUS, NET)


def facts() -> Organisation:
    """An auditor with a case over four campuses, and a principal who held office until yesterday."""
    found = organisation()
    found.put(
        Grant(
            grant_id=GrantId("g-case"),
            person_id=AUDITOR,
            campus_ids=frozenset({N1, N2, S1}),
            systems=frozenset({CANTEEN, BUS}),
            access=frozenset({Access.HISTORY}),
            purpose="个案核查",
            legal_basis="审计法",
            approver_id=HEAD,
            valid_from_ms=0,
            valid_to_ms=NOW_MS + DAY_MS,
        )
    )
    found.put(
        Appointment(
            appointment_id=AppointmentId("a-principal"),
            person_id=HEAD,
            role=Role.PRINCIPAL,
            scope=frozenset({f"campus:{N2}"}),
            valid_from_ms=0,
            valid_to_ms=NOW_MS - DAY_MS,
        )
    )
    return found


def viewer(role: Role = Role.AUDITOR) -> Viewer:
    principal = Principal(
        token_id=TokenId("t"),
        token_sha256="0" * 64,
        role=role,
        consortia=frozenset(),
        campuses=frozenset(),
        areas=frozenset({AreaId("42")}),
        person_id=AUDITOR,
    )
    return Viewer(principal, Rig(facts=facts()).context(), NOW_MS)


def seen(eyes: AskedEyes, at_ms: int = NOW_MS - 2 * DAY_MS, role: Role = Role.AUDITOR) -> set[tuple[CampusId, str]]:
    wanted = Wanted((N1, N2, N3, S1), SYSTEMS, Interval(at_ms, at_ms + 1))
    return {(it.campus_id, str(it.system)) for it in documents_of(readable(viewer(role), wanted, eyes))}


def test_the_auditors_own_eyes_see_the_case() -> None:
    assert {(N1, CANTEEN), (N2, CANTEEN), (S1, CANTEEN)} <= seen(AskedEyes())


def test_another_roles_eyes_narrow_what_is_seen() -> None:
    with_eyes = seen(AskedEyes(role=Role.SUPERVISOR, scopes=(f"consortium:{NORTH}",)))
    assert (N1, CANTEEN) in with_eyes
    assert (S1, CANTEEN) not in with_eyes
    assert with_eyes <= seen(AskedEyes())


def test_a_persons_eyes_are_those_of_the_appointments_held_then() -> None:
    eyes = AskedEyes(person_id=HEAD)
    assert {campus_id for campus_id, _ in seen(eyes)} == {N2}
    assert seen(eyes, at_ms=NOW_MS - DAY_MS) == set()
    assert seen(AskedEyes(person_id="p-nobody")) == set()


def test_nobody_else_may_ask_so() -> None:
    with pytest.raises(AskedRoleError):
        seen(AskedEyes(role=Role.BUREAU), role=Role.BUREAU)


def test_a_scope_of_one_instant_names_documents() -> None:
    wanted = Wanted((N2,), (CANTEEN,), Interval(NOW_MS - DAY_MS, NOW_MS - DAY_MS + 1))
    assert documents_of(readable(viewer(), wanted)) == {DocumentId(N2, CANTEEN)}

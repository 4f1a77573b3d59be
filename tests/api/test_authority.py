"""The table of authority, case by case, and what follows from dated membership."""

import pytest

from api.authority import Action, Principal, Target, authenticate, authorize, is_valid
from api.authority.policy import API
from api.authority.principal import principal_of
from api.authority.visible import next_change_ms, visible_campuses, visible_consortia
from schemas.ids import AreaId
from schemas.organisation import Organisation
from schemas.registry import Area, AreaLevel, Role, ViewerCredential
from tests.api.support.world import (
    FORMER,
    N1,
    N2,
    N3,
    NORTH,
    NOW_MS,
    S1,
    S2,
    SOUTH,
    bearer,
    edge,
    organisation,
    viewer,
)

CAMPUSES = (N1, N2, N3, FORMER, S1, S2)


@pytest.fixture
def facts() -> Organisation:
    return organisation()


def who(facts: Organisation, name: str) -> Principal:
    found = authenticate(bearer(name)["Authorization"], facts, NOW_MS)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "campuses", "consortia"),
    [
        ("supervisor", [N1, N2, N3], [NORTH]),
        ("principal", [N2], []),
        ("bureau", [N1, N2, N3, FORMER], [NORTH]),
        ("head", [N1, N2, N3], [NORTH]),
        ("staff", [N2], []),
        ("area_lead", [N1, N2, N3], [NORTH]),
        ("province", [], [NORTH]),
        ("guardian", [], []),
        ("investigator", [], []),
        ("operator", [], []),
    ],
)
def test_each_role_sees_its_own_and_nothing_else(
    facts: Organisation, name: str, campuses: list[str], consortia: list[str]
) -> None:
    principal = who(facts, name)
    assert visible_campuses(principal, facts, NOW_MS) == sorted(campuses)
    assert visible_consortia(principal, facts, NOW_MS) == consortia
    for campus_id in CAMPUSES:
        verdict = authorize(principal, Action.READ_CAMPUS, Target("campus", campus_id), facts, NOW_MS)
        assert verdict.allowed == (campus_id in campuses)
    for consortium_id in (NORTH, SOUTH):
        verdict = authorize(principal, Action.READ_CONSORTIUM, Target("consortium", consortium_id), facts, NOW_MS)
        assert verdict.allowed == (consortium_id in consortia)


EVERYTHING = ("consortium:k-north", "campus:n-2", "area:42")
RULES = {("rules.read", "api")}
READER = RULES | {("content.list", "api"), ("stream.open", "api")}
OF_CAMPUSES = READER | {("campus.read", "campus")}
OF_CONSORTIA = OF_CAMPUSES | {("consortium.read", "consortium")}
OF_AREAS = OF_CONSORTIA | {("area.read", "area")}
GLASS = {("grant.emergency", "campus")}
APPROVAL = {("grant.approve", "campus")}
ALLOWED: dict[Role, set[tuple[str, str]]] = {
    Role.SUPERVISOR: OF_CONSORTIA | GLASS,
    Role.HEAD: OF_CONSORTIA | GLASS | APPROVAL,
    Role.PRINCIPAL: OF_CAMPUSES | GLASS | APPROVAL | {("facts.apply", "api")},
    Role.STAFF: OF_CAMPUSES,
    Role.AREA_LEAD: OF_CONSORTIA,
    Role.BUREAU: OF_AREAS | GLASS | APPROVAL | {("facts.apply", "api")},
    Role.TOWNSHIP: OF_AREAS,
    Role.CITY: OF_AREAS,
    Role.PROVINCE: OF_AREAS - {("campus.read", "campus")},
    Role.PARTNER: OF_CAMPUSES,
    Role.GUARDIAN: set(),
    Role.BUS_OPERATOR: OF_CAMPUSES,
    Role.INSPECTOR: OF_AREAS,
    Role.AUDITOR: OF_AREAS,
    Role.INVESTIGATOR: RULES,
    Role.OPERATOR: RULES,
}


@pytest.mark.parametrize("role", Role)
def test_role_may_do_what_its_row_says_even_with_every_scope_and_nothing_more(facts: Organisation, role: Role) -> None:
    credential = viewer("anyone", role, *EVERYTHING)
    assert isinstance(credential, ViewerCredential)
    principal = principal_of(credential)
    targets = [API, Target("campus", N2), Target("consortium", NORTH), Target("area", "42")]
    allowed = {
        (action.value, target.kind)
        for action in Action
        for target in targets
        if authorize(principal, action, target, facts, NOW_MS).allowed
    }
    assert allowed == ALLOWED[role]


def test_verdict_names_its_rule(facts: Organisation) -> None:
    target = Target("campus", N1)
    allowed = authorize(who(facts, "supervisor"), Action.READ_CAMPUS, target, facts, NOW_MS)
    denied = authorize(who(facts, "operator"), Action.READ_CAMPUS, target, facts, NOW_MS)
    assert allowed.rule == "supervisor/campus.read/member_of_scoped_consortium"
    assert denied.rule == "operator/campus.read/deny_by_default"


def test_membership_counts_from_its_first_millisecond_to_its_last(facts: Organisation) -> None:
    principal, end = who(facts, "supervisor"), NOW_MS - 60_000
    target = Target("campus", FORMER)
    seen = [authorize(principal, Action.READ_CAMPUS, target, facts, at_ms).allowed for at_ms in (0, end - 1, end)]
    assert seen == [True, True, False]


def test_scope_that_names_nothing_known_gives_nothing(facts: Organisation) -> None:
    facts.put(viewer("strange", Role.SUPERVISOR, "consortium:k-none", "galaxy:x", "consortium", "campus:n-1"))
    principal = who(facts, "strange")
    assert visible_campuses(principal, facts, NOW_MS) == []
    assert visible_consortia(principal, facts, NOW_MS) == []


def test_area_includes_what_lies_under_it(facts: Organisation) -> None:
    facts.put(viewer("province", Role.BUREAU, "area:42"))
    assert visible_consortia(who(facts, "province"), facts, NOW_MS) == [NORTH, SOUTH]


def test_areas_that_contain_each_other_are_survived(facts: Organisation) -> None:
    facts.put(Area(area_id=AreaId("42"), level=AreaLevel.PROVINCE, name="环", parent_id=AreaId("4201")))
    assert visible_campuses(who(facts, "bureau"), facts, NOW_MS)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer cvt_",
        "Basic " + bearer("bureau")["Authorization"].removeprefix("Bearer "),
        bearer("bureau")["Authorization"] + "x",
        bearer("bureau")["Authorization"][:-1] + "!",
        bearer("bureau")["Authorization"].replace("cvt_", "cst_"),
        bearer("nobody")["Authorization"],
        bearer("expired")["Authorization"],
        bearer("revoked")["Authorization"],
        "Bearer " + "x" * 100_000,
        "Bearer \udce9",
    ],
)
def test_header_that_is_no_token_in_force_is_nobody(facts: Organisation, header: str | None) -> None:
    assert authenticate(header, facts, NOW_MS) is None


def test_same_public_id_with_another_secret_is_nobody(facts: Organisation) -> None:
    header = bearer("bureau")["Authorization"]
    forged = header[:-4] + ("AAAA" if not header.endswith("AAAA") else "BBBB")
    assert authenticate(forged, facts, NOW_MS) is None


def test_principal_stays_valid_until_its_token_is_revoked_replaced_or_expired(facts: Organisation) -> None:
    principal = who(facts, "bureau")
    assert is_valid(principal, facts, NOW_MS)
    facts.put(viewer("bureau", Role.BUREAU, "area:4201", not_after_ms=NOW_MS + 5))
    assert is_valid(principal, facts, NOW_MS + 4)
    assert not is_valid(principal, facts, NOW_MS + 5)
    facts.put(viewer("bureau", Role.BUREAU, "area:4201", revoked=True))
    assert not is_valid(principal, facts, NOW_MS)
    facts.apply(f"token/{principal.token_id}", None)
    assert not is_valid(principal, facts, NOW_MS)


def test_next_change_is_the_nearest_edge_or_expiry(facts: Organisation) -> None:
    assert next_change_ms(facts, NOW_MS) is None
    facts.put(edge(S1, NORTH, until_ms=NOW_MS + 50))
    facts.put(viewer("guest", Role.BUREAU, not_after_ms=NOW_MS + 20))
    assert next_change_ms(facts, NOW_MS) == NOW_MS + 20
    assert next_change_ms(facts, NOW_MS + 20) == NOW_MS + 50

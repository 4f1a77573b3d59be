"""Who is shown what: windows, membership, another's sight."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from api.authority.principal import Principal, principal_of
from api.authority.scope import Scope, Slot, intersect
from api.replay.recipe import AskedRole, Recipe
from api.replay.sight import Shown, clip_to, is_foreign, sight
from schemas.clock import DAY_MS
from schemas.ids import CampusId, SystemName
from schemas.registry import Role
from tests.api.support.world import CANTEEN, FORMER, N1, N2, NORTH, NOW_MS, S1, organisation

FACTS = organisation()
FROM_MS, TO_MS = NOW_MS - DAY_MS, NOW_MS
RECIPE = Recipe("t", (f"consortium:{NORTH}",), (CANTEEN,), FROM_MS, TO_MS, "occurred", "核查", (1,), made_ms=NOW_MS)
CAMPUSES = tuple(CampusId(name) for name in ("c-1", "c-2"))
SYSTEMS = tuple(SystemName(name) for name in ("canteen", "school_bus"))


def viewer(name: str) -> Principal:
    return principal_of(next(fact for fact in FACTS.viewers.values() if fact.role == Role(name) and not fact.revoked))


def shown(name: str, **changes: object) -> Shown:
    return sight(viewer(name), msgspec.structs.replace(RECIPE, **changes), FACTS, NOW_MS)


def campuses(found: Shown) -> set[str]:
    return {slot.campus_id for slot in found.scope.slots}


def test_former_member_is_shown_only_while_it_was_one() -> None:
    slots = [slot for slot in shown("supervisor").scope.slots if slot.campus_id == FORMER]
    assert [(slot.from_ms, slot.to_ms) for slot in slots] == [(FROM_MS, NOW_MS - 60_000)]


def test_each_role_is_shown_its_own() -> None:
    assert campuses(shown("principal")) == {N2}
    assert {N1, N2} < campuses(shown("supervisor"))
    assert campuses(shown("operator")) == set()
    assert campuses(shown("guardian")) == set()


def test_foreign_campus_is_foreign() -> None:
    assert is_foreign(viewer("supervisor"), RECIPE, f"campus:{S1}", FACTS, NOW_MS)
    assert is_foreign(viewer("supervisor"), RECIPE, "campus:no-such", FACTS, NOW_MS)
    assert not is_foreign(viewer("supervisor"), RECIPE, f"campus:{N1}", FACTS, NOW_MS)


def test_anothers_sight_is_never_more_than_ones_own() -> None:
    asked = AskedRole("principal", (f"campus:{N2}", f"campus:{S1}"))
    scopes = (f"campus:{N1}", f"campus:{N2}")
    own = campuses(shown("bureau", scopes=scopes))
    assert own == {N1, N2}
    assert campuses(shown("bureau", scopes=scopes, asked=asked)) == {N2}
    assert campuses(shown("principal", scopes=(f"campus:{N2}",), asked=AskedRole("bureau", ("area:42",)))) == {N2}
    assert campuses(shown("bureau", scopes=scopes, asked=AskedRole(person_id="p-nobody"))) == set()


instants = st.integers(0, 20)
slots = st.builds(
    lambda campus, systems, ends: Slot(campus, systems, min(ends), max(ends)),
    st.sampled_from(CAMPUSES),
    st.frozensets(st.sampled_from(SYSTEMS), min_size=1),
    st.tuples(instants, instants),
)
scopes = st.lists(slots, max_size=5).map(lambda drawn: Scope(tuple(drawn)))


def cells(scope: Scope) -> set[tuple[str, str, int]]:
    return {
        (slot.campus_id, system, at_ms)
        for slot in scope.slots
        for system in slot.systems
        for at_ms in range(slot.from_ms, slot.to_ms)
    }


@given(scopes, scopes)
def test_intersection_is_what_both_allow(one: Scope, other: Scope) -> None:
    assert cells(intersect(one, other)) == cells(one) & cells(other)


@given(scopes, instants, instants)
def test_clipping_keeps_what_lies_between(scope: Scope, from_ms: int, to_ms: int) -> None:
    assert cells(clip_to(scope, from_ms, to_ms)) == {cell for cell in cells(scope) if from_ms <= cell[2] < to_ms}

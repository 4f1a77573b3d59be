"""Which consortia a campus belongs to now, and when that must be asked again."""

from schemas.clock import ManualClock
from schemas.ids import CampusId, ConsortiumId, MembershipId
from schemas.organisation import Organisation
from schemas.registry import Membership, Mode
from streams.core.memberships import Memberships


def edge(consortium: str, from_ms: int, to_ms: int | None = None) -> Membership:
    return Membership(
        membership_id=MembershipId(f"m-{consortium}"),
        campus_id=CampusId("c-1"),
        consortium_id=ConsortiumId(consortium),
        mode=Mode.FUSION,
        valid_from_ms=from_ms,
        valid_to_ms=to_ms,
    )


def test_a_campus_may_belong_to_several_consortia_or_none() -> None:
    organisation = Organisation()
    memberships = Memberships(organisation, ManualClock(50))
    for fact in (edge("k-2", 0), edge("k-1", 0)):
        organisation.put(fact)
    assert memberships.of("c-1") == ("k-1", "k-2")
    assert memberships.of("c-9") == ()


def test_it_changes_with_the_facts() -> None:
    organisation = Organisation()
    memberships = Memberships(organisation, ManualClock(50))
    assert memberships.refresh()
    assert memberships.of("c-1") == ()
    assert not memberships.refresh()
    organisation.put(edge("k-1", 0))
    assert memberships.refresh()
    assert memberships.of("c-1") == ("k-1",)


def test_it_changes_when_an_edge_begins_or_ends() -> None:
    organisation, clock = Organisation(), ManualClock(50)
    organisation.put(edge("k-1", 100, 200))
    memberships = Memberships(organisation, clock)
    found = []
    for instant_ms in (50, 99, 100, 150, 200, 999):
        clock.instant_ms = instant_ms
        found.append((memberships.refresh(), memberships.of("c-1")))
    assert found == [
        (True, ()),
        (False, ()),
        (True, ("k-1",)),
        (False, ("k-1",)),
        (True, ()),
        (False, ()),
    ]

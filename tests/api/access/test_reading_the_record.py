"""Who may read the record of access, and that what they get is theirs, newest first, page by page."""

import msgspec
import pytest

from api.access.entries import Actor, Entry, encode_entry, read_entries
from api.access.reading import Reading
from api.access.watching import place_text, read_place
from api.errors import InvalidQueryError
from schemas.frame import stamp
from schemas.ids import CampusId, SystemName
from schemas.registry import Role
from streams.archive.settings import StoreSettings
from tests.api.support.history import MORNING_MS, Past, history_api
from tests.api.support.world import N1, N2, S1

CAMPUSES = (N1, N2, S1)


def looks(count: int) -> list[bytes]:
    """So many looks of each of three campuses, a second apart, and two other entries of one of them."""
    events = []
    for number in range(count):
        at_ms = MORNING_MS + number * 1000
        reading = Reading("history", CAMPUSES, (SystemName("canteen"),), at_ms - 1000, at_ms, f"look {number:04d}")
        actor = Actor("p-1" if number % 2 else "p-2", Role.BUREAU)
        for entry in read_entries(reading, actor):
            raw = encode_entry(entry, f"{entry.campus_id}-{number}", at_ms)
            events.append(stamp(raw, at_ms, at_ms))
    said = {"principal_ref": "p-1", "role": "bureau", "refusals": 2}
    refused = encode_entry(Entry(N2, "access.refused.v1", "p-1", said), "refused", MORNING_MS)
    return [*events, stamp(refused, MORNING_MS, MORNING_MS)]


@pytest.mark.engine
async def test_the_record_is_read_by_those_who_watch_over_it(database: StoreSettings) -> None:
    Past(database).archive(looks(5))
    async with history_api(database) as api:
        for role, campuses in (("bureau", {N1, N2}), ("auditor", {N1, N2}), ("head", {N1, N2}), ("principal", {N2})):
            status, page = await api.get("/v1/access", role)
            assert status == 200, page
            assert {entry["campus_id"] for entry in page["entries"]} == campuses, role
            times = [entry["at_ms"] for entry in page["entries"]]
            assert times == sorted(times, reverse=True)
        status, page = await api.get("/v1/access", "principal", principal="p-1", type="access.refused.v1")
        assert [entry["data"]["refusals"] for entry in page["entries"]] == [2]
        assert (await api.get("/v1/access", "bureau", campus=S1))[0] == 404
        assert (await api.get("/v1/access", "supervisor"))[0] == 403
        assert [entry.data["systems"] for entry in api.book.entries][:1] == [["access"]]


@pytest.mark.engine
async def test_pages_follow_one_another_without_gap_or_double(database: StoreSettings) -> None:
    Past(database).archive(looks(10))
    async with history_api(database) as api:
        seen: list[str] = []
        before: dict[str, str] = {}
        while True:
            status, page = await api.get("/v1/access", "principal", limit=4, **before)
            assert status == 200, page
            seen += [entry["id"] for entry in page["entries"]]
            if page["next"] is None:
                break
            before = {"before": page["next"]}
    assert len(seen) == len(set(seen)) == 11
    assert set(seen) == {"refused", *(f"{CampusId(N2)}-{number}" for number in range(10))}


def test_a_place_survives_its_text_and_another_text_is_refused() -> None:
    place = read_place(place_text((MORNING_MS, 3, 17, 0, "more")))
    assert msgspec.structs.astuple(place) == (MORNING_MS, 3, 17, 0)
    for text in ("", "x", "é", "W10"):
        with pytest.raises(InvalidQueryError):
            read_place(text)

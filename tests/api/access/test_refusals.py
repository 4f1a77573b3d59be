"""Refusals are counted, written down now and then, and cannot flood the record."""

from dataclasses import replace

import pytest

from api.access.entries import Actor
from api.access.refusals import MOST, Refusals
from schemas.errors import UnreachableError
from schemas.ids import CampusId
from schemas.registry import Role
from tests.api.access.remembered_journal import RememberedJournal
from tests.api.support.serving import Rig, serving
from tests.api.support.world import N1, N2, NOW_MS, S1, bearer

WHO = Actor("p-1", Role.PRINCIPAL)


async def test_many_refusals_are_one_entry() -> None:
    refusals, journal = Refusals(), RememberedJournal()
    for _ in range(5):
        refusals.note(WHO, N1)
    refusals.note(WHO, S1)
    await refusals.write(journal, NOW_MS)
    await refusals.write(journal, NOW_MS)
    assert [(entry.campus_id, entry.data["refusals"]) for entry, _ in journal.entries] == [(N1, 5), (S1, 1)]


async def test_what_cannot_be_written_is_kept_and_only_so_much_of_it() -> None:
    refusals, journal = Refusals(), RememberedJournal()
    for number in range(MOST + 5):
        refusals.note(WHO, CampusId(f"c-{number}"))
    journal.is_away = True
    with pytest.raises(UnreachableError):
        await refusals.write(journal, NOW_MS)
    refusals.note(WHO, CampusId("c-0"))
    journal.is_away = False
    await refusals.write(journal, NOW_MS)
    assert len(journal.entries) == MOST
    assert journal.entries[0][0].data["refusals"] == 2


async def test_asking_for_a_campus_that_is_not_one_s_own_is_counted_and_asking_for_none_is_not() -> None:
    journal = RememberedJournal()
    context = replace(Rig().context(), journal=journal)
    async with serving(context) as client:
        for campus_id in (S1, S1, N2, "no-such"):
            url = f"{client.base}/v1/campuses/{campus_id}"
            async with client.http.get(url, headers=bearer("principal")) as response:
                assert response.status == (200 if campus_id == N2 else 404)
    await context.refusals.write(journal, NOW_MS)
    assert [(entry.campus_id, entry.type, entry.data["refusals"]) for entry, _ in journal.entries] == [
        (S1, "access.refused.v1", 2)
    ]

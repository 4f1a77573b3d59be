"""Every route of accounts × nobody, a program of each role, and an administrator."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from schemas.registry import Role
from tests.api.support.accounts import ACCOUNTS
from tests.api.support.people import Town, town
from tests.api.support.world import bearer


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Town]:
    async with town(tmp_path) as found:
        yield found


def filled(path: str) -> str:
    return path.replace("{user_id}", "no-such").replace("{token_id}", "no-such")


async def test_nobody_gets_what_the_table_says(place: Town) -> None:
    for (method, path), answers in ACCOUNTS.items():
        status, _ = await place.ask(method, filled(path))
        assert (method, path, status) == (method, path, answers.nobody)


async def test_program_of_any_role_gets_what_the_table_says(place: Town) -> None:
    for role in Role:
        for (method, path), answers in ACCOUNTS.items():
            status, _ = await place.ask(method, filled(path), headers=bearer(role.value))
            assert (role, method, path, status) == (role, method, path, answers.program)


async def test_administrator_gets_what_the_table_says(place: Town) -> None:
    token = await place.sign_in("admin")
    for (method, path), answers in ACCOUNTS.items():
        status, _ = await place.ask(method, filled(path), token=token)
        assert (method, path, status) == (method, path, answers.administrator)
    assert (await place.ask("GET", "/v1/session", token=token))[0] == 401

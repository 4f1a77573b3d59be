"""The demonstration's accounts on a running API: made as an administrator makes them, and good for its commands."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from api.guardian.settings import GuardianSettings
from deploy.demo.accounts import ADMINISTRATOR, FILE_NAME, Account, draw_accounts, keep_accounts, open_accounts
from deploy.demo.county_process import CountyOptions
from deploy.demo.parents import POLICY_VERSION, parent_commands
from deploy.demo.people import holders
from deploy.demo.planning import plan_county
from deploy.demo.school_day import latest_school_day
from deploy.demo.shell_file import Place, write_shell_file
from deploy.demo.term import county_facts
from deploy.demo.tries import tries
from deploy.evidence.api_client import RefusedError
from schemas.clock import ManualClock
from schemas.identity import Password, User
from schemas.identity_fold import Identity
from schemas.organisation import Organisation
from tests.api.access.remembered_journal import RememberedJournal
from tests.api.support.people import services
from tests.api.support.serving import Rig, serving
from tests.streams.systems.driving import local

NOW_MS = local(6, 50)
COUNTY = plan_county()
WATCHED = COUNTY.consortia[0]
CORE = WATCHED.core.campus_id
NEEDS_THE_ARCHIVE = {"bus-operator", "inspector", "auditor"}
"""Their questions go to the store, which is not there: the whole demonstration shows them."""


@dataclass
class Running:
    """An API before its first start, with the county's facts."""

    directory: Path
    base: str
    identity: Identity
    setup_code: Path

    async def open(self, accounts: list[Account]) -> list[Account]:
        """Open accounts, outside of the loop in which the API runs."""
        return await asyncio.to_thread(lambda: list(open_accounts(self.base, accounts, self.setup_code)))

    async def paste(self, *commands: str) -> str:
        """What a shell answers that has read the shell file."""
        place = Place(
            "http://gateway",
            self.base,
            self.directory,
            "cst_x",
            "cvt_x",
            NOW_MS - 1,
            NOW_MS,
            WATCHED.consortium_id,
            CORE,
        )
        write_shell_file(place)
        script = "\n".join((f". '{place.shell_file}'", *commands))
        process = await asyncio.create_subprocess_exec(
            "sh", "-c", script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        said, errors = await asyncio.wait_for(process.communicate(), 60)
        assert errors == b""
        return said.decode()


@asynccontextmanager
async def running(directory: Path) -> AsyncIterator[Running]:
    facts, clock, identity = Organisation(), ManualClock(NOW_MS), Identity()
    for fact in county_facts(COUNTY, latest_school_day(NOW_MS)):
        facts.put(fact)
    made = services(directory, identity, clock)
    made.setup_code.offer()
    rig = Rig(facts=facts, clock=clock, identity=made)
    try:
        async with serving(replace(rig.context(), journal=RememberedJournal())) as client:
            yield Running(directory, client.base, identity, made.setup_code.path)
    finally:
        await made.close()


async def test_everybody_signs_in_and_sees_what_the_role_is_there_for(tmp_path: Path) -> None:
    commands = tries(COUNTY)
    async with running(tmp_path) as api:
        accounts = keep_accounts(tmp_path, draw_accounts(holders(COUNTY)))
        assert await api.open(accounts) == [accounts[-1], *accounts[:-1]]
        for account in accounts:
            who = json.loads(await api.paste(f"ask {account.login} /v1/session"))
            assert who["user"]["person_id"] == account.person_id
            if account.login not in NEEDS_THE_ARCHIVE:
                told = json.loads(await api.paste(commands[account.login]))
                assert "code" not in told, told


async def test_no_password_stands_anywhere_but_in_a_file_of_its_owner(tmp_path: Path) -> None:
    async with running(tmp_path) as api:
        accounts = keep_accounts(tmp_path, draw_accounts(holders(COUNTY)))
        await api.open(accounts)
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600
    assert len(api.identity.all(Password)) == len(accounts)
    assert all(found.argon2.startswith("$argon2id$") for found in api.identity.all(Password))


async def test_a_kept_demonstration_keeps_its_accounts_and_finishes_what_was_cut_off(tmp_path: Path) -> None:
    async with running(tmp_path) as api:
        accounts = keep_accounts(tmp_path, draw_accounts(holders(COUNTY)))
        first = open_accounts(api.base, accounts, api.setup_code)
        await asyncio.to_thread(lambda: [next(first), next(first)])
        again = keep_accounts(tmp_path, draw_accounts(holders(COUNTY)))
        assert again == accounts
        assert len(await api.open(again)) == len(accounts) - 1
        assert await api.open(again) == [accounts[-1]]
        assert len(api.identity.all(User)) == len(accounts)


async def test_who_is_not_the_administrator_of_this_deployment_opens_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as api:
        await api.open(draw_accounts([]))
        with pytest.raises(RefusedError):
            await api.open(draw_accounts(holders(COUNTY)))


def test_passwords_are_drawn_anew() -> None:
    one, other = (draw_accounts(holders(COUNTY)) for _ in range(2))
    assert not {account.password for account in one} & {account.password for account in other}
    assert one[-1].login == ADMINISTRATOR


async def test_the_parent_s_commands_work_as_pasted(tmp_path: Path) -> None:
    async with running(tmp_path) as api:
        await api.open(keep_accounts(tmp_path, draw_accounts(holders(COUNTY))))
        said = await api.paste(*parent_commands(CountyOptions().plan(), NOW_MS))
    code, _, document = said.partition("\n")
    assert len(code) == 24
    assert json.loads(document)["boarding"] == {"state": "waiting", "at_ms": None}
    assert "校车尚未发车" in document


def test_the_policy_that_is_agreed_to_is_the_one_in_force() -> None:
    assert GuardianSettings().policy_version == POLICY_VERSION

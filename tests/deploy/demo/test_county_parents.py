"""The parent's commands that the demonstration prints work as pasted, against a running API."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

from api.guardian.settings import GuardianSettings
from deploy.demo.county_process import CountyOptions
from deploy.demo.facts import registry_facts
from deploy.demo.parents import POLICY_VERSION, parent_lines
from deploy.demo.people import people_facts
from schemas.clock import ManualClock
from schemas.identity_fold import Identity
from schemas.organisation import Organisation
from tests.api.access.remembered_journal import RememberedJournal
from tests.api.support.people import services
from tests.api.support.serving import Rig, serving
from tests.streams.systems.driving import local

NOW_MS = local(6, 50)


async def test_the_parent_s_commands_work_as_pasted(tmp_path: Path) -> None:
    county, facts, clock = CountyOptions().plan(), Organisation(), ManualClock(NOW_MS)
    for fact in (*registry_facts(county), *people_facts(county)):
        facts.put(fact)
    rig = Rig(facts=facts, clock=clock, identity=services(tmp_path, Identity(), clock))
    async with serving(replace(rig.context(), journal=RememberedJournal())) as client:
        script = "\n".join(line for line in parent_lines(county, client.base, NOW_MS) if not line.startswith("4  "))
        process = await asyncio.create_subprocess_exec(
            "bash", "-c", script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        said, errors = await asyncio.wait_for(process.communicate(), 30)
    code, _, document = said.decode().partition("\n")
    assert len(code) == 24, errors.decode()
    assert json.loads(document)["boarding"] == {"state": "waiting", "at_ms": None}
    assert "校车尚未发车" in document


def test_the_policy_that_is_agreed_to_is_the_one_in_force() -> None:
    assert GuardianSettings().policy_version == POLICY_VERSION

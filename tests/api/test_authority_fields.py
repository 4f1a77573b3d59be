"""Which fields each role is told, by mode: every route of the live view against what was agreed when it was reviewed.

A change of what somebody is told changes ``support/fields_by_role.json``, and is seen in review:
``.venv/bin/python -m tests.api.test_authority_fields`` writes the file anew.
"""

import asyncio
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from schemas.alerts import AlertState
from schemas.registry import Mode, Role
from tests.api.support.field_paths import paths_of
from tests.api.support.serving import Client, Rig, serving
from tests.api.support.world import BUS, CANTEEN, N2, NORTH, S1, AlertMaker, bearer, campus_record, edge, rollup_record

AGREED = Path(__file__).parent / "support" / "fields_by_role.json"
ROUTES = (
    f"/v1/campuses/{N2}",
    f"/v1/campuses/{N2}/systems/{CANTEEN}",
    f"/v1/campuses/{N2}/systems/{BUS}",
    f"/v1/campuses/{S1}",
    f"/v1/consortia/{NORTH}/live",
    f"/v1/alerts?campus={N2}",
    "/v1/organisation",
    "/v1/consortia",
    "/v1/grants",
)
Fields = dict[str, dict[str, list[str]]]
"""By route and mode: the roles that are told the same, and the fields."""


def rig_of(mode: Mode) -> Rig:
    """One member in the mode, heard from, with an alert; nothing known of the others but that they are there."""
    rig = Rig()
    rig.facts.put(edge(N2, NORTH).model_copy(update={"mode": mode}))
    for campus_id in (N2, S1):
        for system in (CANTEEN, BUS):
            rig.state(campus_record(campus_id, system, 30))
            rig.alert(AlertMaker(campus_id, system).record(1, AlertState.OPEN, severity=3))
    for system in (CANTEEN, BUS):
        rig.rollup(rollup_record(NORTH, system, 60))
    return rig


async def told(client: Client, path: str, role: Role) -> tuple[str, ...]:
    """The fields of an answer; the status alone where there is no content."""
    async with client.http.get(client.base + path, headers=bearer(role.value)) as response:
        if response.status != 200:
            return (str(response.status),)
        return tuple(sorted(set(paths_of(await response.json()))))


async def fields_in(mode: Mode) -> Fields:
    found: Fields = {}
    async with serving(rig_of(mode).context()) as client:
        for path in ROUTES:
            alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
            for role in Role:
                alike[await told(client, path, role)].append(role.value)
            found[f"{mode.value} {path}"] = {" ".join(roles): list(fields) for fields, roles in alike.items()}
    return found


@pytest.mark.parametrize("mode", Mode)
async def test_each_role_is_told_the_fields_that_were_agreed_and_no_other(mode: Mode) -> None:
    agreed: Fields = json.loads(AGREED.read_text(encoding="utf-8"))
    found = await fields_in(mode)
    assert found == {key: value for key, value in agreed.items() if key.startswith(f"{mode.value} ")}


def fields_of(agreed: dict[str, Any], key: str, role: Role) -> list[str]:
    return next(fields for roles, fields in agreed[key].items() if role.value in roles.split())


@pytest.mark.parametrize("route", ROUTES)
def test_no_looser_mode_tells_a_supervisor_of_more(route: str) -> None:
    agreed = json.loads(AGREED.read_text(encoding="utf-8"))
    fused = set(fields_of(agreed, f"fusion {route}", Role.SUPERVISOR))
    for mode in (Mode.CO_BUILT, Mode.COOPERATIVE):
        looser = {
            field for field in fields_of(agreed, f"{mode.value} {route}", Role.SUPERVISOR) if "aggregate" not in field
        }
        assert looser <= fused or looser == {"404"}


async def _write() -> None:
    found: Fields = {}
    for mode in Mode:
        found |= await fields_in(mode)
    AGREED.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(_write())

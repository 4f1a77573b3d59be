"""Every row of the routes' table again in the looser modes: nothing opens, and what shuts is written here."""

import pytest

from schemas.registry import Mode, Role
from tests.api.support.serving import Rig, serving
from tests.api.support.world import CANTEEN, FORMER, N2, NORTH, S1, AlertMaker, bearer, campus_record, edge
from tests.api.test_routes import Case, cases

BY_MEMBERSHIP = (Role.SUPERVISOR, Role.HEAD)
"""Who stands to a campus by its membership, and so by its mode; everybody else is answered alike in every mode."""


KITCHEN_THEN = (
    ("GET", f"/v1/past/campuses/{N2}"),
    ("GET", f"/v1/past/subjects/{N2}/{CANTEEN}/"),
    ("GET", "/v1/past/difference"),
    ("GET", "/v1/past/skew"),
    ("POST", "/v1/evidence"),
)
"""What shows past documents of a member's kitchen: in fusion alone."""
SHUT: dict[Mode, tuple[tuple[str, str], ...]] = {
    Mode.CO_BUILT: KITCHEN_THEN,
    Mode.COOPERATIVE: (*KITCHEN_THEN, ("GET", f"/v1/campuses/{N2}/systems/{CANTEEN}")),
}
"""The requests that a mode does not answer where fusion does. Of the kitchen live a co-built one still tells counts."""


def wanted(mode: Mode, case: Case) -> int:
    """The status in a mode: what is shut does not exist."""
    is_shut = any(case.method == method and case.path.startswith(path) for method, path in SHUT[mode])
    return 404 if is_shut and case.status in (200, 503) else case.status


async def statuses(mode: Mode) -> dict[Case, int]:
    rig = Rig()
    rig.facts.put(edge(N2, NORTH).model_copy(update={"mode": mode}))
    for campus_id in (N2, S1, FORMER):
        rig.state(campus_record(campus_id, CANTEEN, 1))
        rig.alert(AlertMaker(campus_id).record(1))
    answered = {}
    async with serving(rig.context()) as client:
        for case in (found for found in cases() if found.role in BY_MEMBERSHIP):
            headers = bearer(case.role.value) | {"Content-Type": "application/json"}
            sent = client.http.request(case.method, client.base + case.path, data=case.body.encode(), headers=headers)
            async with sent as response:
                answered[case] = response.status
    return answered


@pytest.mark.parametrize("mode", [Mode.CO_BUILT, Mode.COOPERATIVE])
async def test_no_route_opens_in_a_looser_mode_and_what_shuts_is_said(mode: Mode) -> None:
    answered = await statuses(mode)
    assert {case: status for case, status in answered.items() if status != wanted(mode, case)} == {}
    assert any(wanted(mode, case) != case.status for case in answered)

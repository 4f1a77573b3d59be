"""Every route × every role × own and foreign objects, generated from the app; a route without a row fails."""

import json
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import NamedTuple

import pytest
from starlette.routing import BaseRoute

from api.app import create_app
from schemas.registry import Role
from tests.api.support.accounts import ACCOUNTS
from tests.api.support.privacy_routes import APPROVAL, ERASURE, ERASURES, EXPORT, OPENING, asked, opening, wanted
from tests.api.support.serving import Client, Rig, serving
from tests.api.support.world import CANTEEN, FORMER, N2, NORTH, NOW_MS, S1, SOUTH, AlertMaker, bearer, campus_record

OWN = {"{campus_id}": N2, "{consortium_id}": NORTH, "{system}": CANTEEN}
FOREIGN = {"{campus_id}": S1, "{consortium_id}": SOUTH, "{system}": CANTEEN}
FORMERLY_OWN = {**FOREIGN, "{campus_id}": FORMER}
ABSENT = {"{campus_id}": "no-such", "{consortium_id}": "no-such", "{system}": CANTEEN}


LIKE_SUPERVISOR = (Role.HEAD, Role.AREA_LEAD)
LIKE_PRINCIPAL = (Role.STAFF, Role.PARTNER, Role.BUS_OPERATOR)
LIKE_BUREAU = (Role.TOWNSHIP, Role.CITY, Role.PROVINCE, Role.INSPECTOR, Role.AUDITOR)
LIKE_OPERATOR = (Role.INVESTIGATOR, Role.GUARDIAN)


def row(supervisor: int, principal: int, bureau: int, operator: int, **others: int) -> dict[Role, int]:
    """The status for each role; who is not named is answered as the role that it is like."""
    statuses = {Role.SUPERVISOR: supervisor, Role.PRINCIPAL: principal, Role.BUREAU: bureau, Role.OPERATOR: operator}
    statuses |= dict.fromkeys(LIKE_SUPERVISOR, supervisor) | dict.fromkeys(LIKE_PRINCIPAL, principal)
    statuses |= dict.fromkeys(LIKE_BUREAU, bureau) | dict.fromkeys(LIKE_OPERATOR, operator)
    return statuses | {Role(name): status for name, status in others.items()}


ALL_OK = row(200, 200, 200, 200, guardian=403)
CONTENT = row(200, 200, 200, 403)
CAMPUS = row(200, 200, 200, 403, province=404)
"""Content of a campus: a province sees consortia, and nothing below them."""
NO_CANTEEN = {"area_lead": 404, "partner": 404, "bus_operator": 404, "auditor": 404, "province": 404}
"""Who sees the campus, and nothing of its kitchen."""
NOBODY = row(404, 404, 404, 403)

MATRIX: dict[str, list[tuple[dict[str, str], dict[Role, int]]]] = {
    "/v1/organisation": [({}, CONTENT)],
    "/v1/consortia": [({}, CONTENT)],
    "/v1/consortia/{consortium_id}/live": [
        (OWN, row(200, 404, 200, 403)),
        (FOREIGN, NOBODY),
        (ABSENT, NOBODY),
    ],
    "/v1/campuses/{campus_id}": [
        (OWN, CAMPUS),
        (FOREIGN, NOBODY),
        (FORMERLY_OWN, row(404, 404, 200, 403, province=404)),
        (ABSENT, NOBODY),
    ],
    "/v1/campuses/{campus_id}/systems/{system}": [
        (OWN, row(200, 200, 200, 403, **NO_CANTEEN)),
        (FOREIGN, NOBODY),
        (FORMERLY_OWN, row(404, 404, 200, 403, **NO_CANTEEN)),
        ({**OWN, "{system}": "no_such_system"}, NOBODY),
    ],
    "/v1/alerts": [({}, CONTENT)],
    "/v1/rules": [({}, ALL_OK)],
    "/v1/live": [
        ({}, CONTENT),
        ({"?": f"?scope=campus:{N2}"}, CAMPUS),
        ({"?": f"?scope=consortium:{NORTH}"}, row(200, 404, 200, 403)),
        ({"?": "?scope=area:4201"}, row(404, 404, 200, 403)),
        ({"?": f"?scope=campus:{S1}"}, NOBODY),
        ({"?": f"?scope=campus:{N2}&scope=campus:{S1}"}, NOBODY),
        ({"?": f"?scope=consortium:{SOUTH}"}, NOBODY),
        ({"?": "?scope=area:42"}, NOBODY),
        ({"?": "?scope=campus:no-such"}, NOBODY),
    ],
}
HISTORY_OWN = row(503, 503, 503, 403, province=404, **{role: 503 for role in NO_CANTEEN if role != "province"})
"""Nothing can be recorded or read here, so what may be asked ends there; elsewhere it is answered."""
ASKED = "type=canteen.temp.sampled.v1&from_ms=1795564800000&to_ms=1795651200000"
HISTORY_VIEWS = ("events", "trips", "tracks", "alerts")
HISTORY = {f"/v1/history/{view}": "" for view in HISTORY_VIEWS} | {
    "/v1/logbook": "",
    "/v1/exports": "&format=csv",
    "/v1/history/aggregates": "&by=day",
}
for _path, _more in HISTORY.items():
    _asked = f"?{ASKED}{_more}"
    MATRIX[_path] = [
        ({"?": f"{_asked}&scope=campus:{N2}"}, HISTORY_OWN),
        ({"?": f"{_asked}&scope=consortium:{NORTH}"}, row(503, 404, 503, 403)),
        ({"?": f"{_asked}&scope=area:4201"}, row(404, 404, 503, 403)),
        ({"?": f"{_asked}&scope=campus:{S1}"}, NOBODY),
        ({"?": f"{_asked}&scope=campus:{N2}&scope=campus:{S1}"}, NOBODY),
        ({"?": f"{_asked}&scope=consortium:{SOUTH}"}, NOBODY),
        ({"?": f"{_asked}&scope=area:42"}, NOBODY),
        ({"?": f"{_asked}&scope=campus:no-such"}, NOBODY),
    ]
CHANGES = {role.value: 403 for role in Role}
"""Statuses of a route that changes something, before the roles that may."""


def changing(**roles: int) -> dict[Role, int]:
    return {Role(name): status for name, status in (CHANGES | roles).items()}


ORDER = {"person_id": "p-nobody", "systems": ["canteen"], "access": ["live"], "purpose": "核查午餐"} | {
    "legal_basis": "食品安全法",
    "minutes": 30,
}
GRANT_OWN = {"body": json.dumps(ORDER | {"campus_ids": [N2]})}
GRANT_FOREIGN = {"body": json.dumps(ORDER | {"campus_ids": [S1]})}
GLASS = {"systems": ["canteen"], "purpose": "食物中毒处置"}
MATRIX |= {
    "/v1/grants": [({}, CONTENT)],
    "POST /v1/grants": [
        (GRANT_OWN, changing(principal=403, bureau=403, head=403)),  # a program's token is nobody
        (GRANT_FOREIGN, changing(principal=404, bureau=404, head=404)),
    ],
    "POST /v1/grants/emergency": [
        (
            {"body": json.dumps(GLASS | {"campus_id": N2})},
            changing(supervisor=409, head=409, principal=409, staff=404, bureau=409),
        ),
        (
            {"body": json.dumps(GLASS | {"campus_id": S1})},
            changing(supervisor=404, head=404, principal=404, staff=404, bureau=404),
        ),
    ],
    "DELETE /v1/grants/{grant_id}": [({"{grant_id}": "g-none"}, NOBODY)],
    "POST /v1/organisation/facts": [
        ({"?": "?dry_run=true", "body": "[]"}, changing(bureau=200, principal=200)),
        ({"body": '{"kind":"person","person_id":"p-1","name":"张"}'}, changing(bureau=503)),
        ({"body": '{"kind":"area","area_id":"42","level":"province","name":"x"}'}, changing()),
        ({"body": "nonsense"}, changing(bureau=422, principal=422)),
    ],
}
NO_CANTEEN_THEN = {**NO_CANTEEN, "township": 404, "city": 404}
"""Who may read no past document of its kitchen: two of them see its counts, live."""
PAST_OWN = row(503, 503, 503, 403, **NO_CANTEEN_THEN)
PAST_ABOVE = row(503, 404, 503, 403, **NO_CANTEEN_THEN)
AT = f"at={NOW_MS - 1}"
BETWEEN = f"system={CANTEEN}&from_ms={NOW_MS - 9}&to_ms={NOW_MS - 1}"
MATRIX |= {
    "/v1/past/campuses/{campus_id}": [
        ({**OWN, "?": f"?{AT}"}, PAST_OWN),
        ({**FOREIGN, "?": f"?{AT}"}, NOBODY),
        ({**FORMERLY_OWN, "?": f"?{AT}"}, row(404, 404, 503, 403, **NO_CANTEEN_THEN)),
        ({**ABSENT, "?": f"?{AT}"}, NOBODY),
    ],
    "/v1/past/consortia/{consortium_id}": [
        ({**OWN, "?": f"?{AT}"}, PAST_ABOVE),
        ({**FOREIGN, "?": f"?{AT}"}, NOBODY),
        ({**ABSENT, "?": f"?{AT}"}, NOBODY),
    ],
    "/v1/past/subjects/{campus_id}/{system}/{subject}": [
        ({**OWN, "{subject}": "device-1", "?": f"?{AT}"}, PAST_OWN),
        ({**FOREIGN, "{subject}": "device-1", "?": f"?{AT}"}, NOBODY),
        ({**OWN, "{system}": "no_such_system", "{subject}": "device-1", "?": f"?{AT}"}, NOBODY),
    ],
    "/v1/past/difference": [
        ({"?": f"?{BETWEEN}&campus_id={N2}"}, PAST_OWN),
        ({"?": f"?{BETWEEN}&campus_id={S1}"}, NOBODY),
    ],
    "/v1/past/skew": [
        ({"?": f"?{AT}&campus_id={N2}"}, PAST_OWN),
        ({"?": f"?{AT}&campus_id={S1}"}, NOBODY),
    ],
}
NO_KEYS = {"principal": 503}
"""No key store is connected here, so what may be asked ends there."""
SEE_ERASURES = NO_KEYS | {"head": 503, "bureau": 503, "auditor": 503}
MATRIX |= {
    ERASURES: [({}, changing(**SEE_ERASURES))],
    ERASURE: [({"{erasure_id}": "er-1"}, changing(**SEE_ERASURES))],
    f"POST {ERASURES}": [
        ({"body": json.dumps(asked(N2))}, changing(**NO_KEYS)),
        ({"body": json.dumps(asked(S1))}, changing(principal=404)),
    ],
    f"POST {APPROVAL}": [({"{erasure_id}": "er-1"}, changing(**NO_KEYS, head=503, bureau=503))],
    f"POST {EXPORT}": [
        ({"body": json.dumps(wanted(N2))}, changing(**NO_KEYS)),
        ({"body": json.dumps(wanted(S1))}, changing(principal=404)),
    ],
}
MAY_OPEN = ("principal", "staff", "head", "supervisor", "bureau", "inspector", "auditor", "bus_operator")
"""Who may be shown a pupil at all; but for the principal each needs a grant, which a program's token cannot hold."""
MATRIX |= {
    f"POST {OPENING}": [
        ({"body": json.dumps(opening(N2, NOW_MS - 9, NOW_MS))}, changing(**NO_KEYS)),
        ({"body": json.dumps(opening(S1, NOW_MS - 9, NOW_MS))}, changing(**dict.fromkeys(MAY_OPEN, 404))),
        ({"body": json.dumps(opening("no-such", NOW_MS - 9, NOW_MS))}, changing(**dict.fromkeys(MAY_OPEN, 404))),
    ],
}
BUNDLE = {"from_ms": 1795564800000, "to_ms": 1795651200000, "system": ["canteen"], "purpose": "核查午餐", "case": "1号"}
WHY_PROOF = "purpose=%E6%A0%B8%E6%9F%A5%E5%8D%88%E9%A4%90"
UNSIGNED = row(503, 503, 503, 503, guardian=403)
"""No store answers here and nothing is signed, so what may be asked ends there."""
MATRIX |= {
    "/v1/proof/heads": [
        ({}, UNSIGNED),
        ({"?": f"?campus={N2}"}, row(503, 503, 503, 403, province=404)),
        ({"?": f"?campus={S1}"}, NOBODY),
    ],
    "/v1/proof/consistency": [({"?": "?partition=0&from=1"}, UNSIGNED)],
    "/v1/proof/events": [({"?": f"?source=urn:x&id=e-1&{WHY_PROOF}"}, row(503, 503, 503, 403))],
    "/v1/proof/events/{partition}/{offset}/{index}": [
        ({"{partition}": "0", "{offset}": "1", "{index}": "2", "?": f"?{WHY_PROOF}"}, row(503, 503, 503, 403)),
    ],
    "POST /v1/evidence": [
        (
            {"body": json.dumps(BUNDLE | {"scope": [f"campus:{N2}"]})},
            row(503, 503, 503, 403, **NO_CANTEEN | {"auditor": 503, "township": 404, "city": 404}),
        ),
        ({"body": json.dumps(BUNDLE | {"scope": [f"campus:{S1}"]})}, NOBODY),
    ],
}
REPLAY_AS_ANOTHER = {role: 503 if role is Role.AUDITOR else 403 for role in Role}
REPLAY = {"from_ms": 1795564800000, "to_ms": 1795651200000, "purpose": "核查午餐"}
_ONE = "/v1/replays/{replay_id}"
_NO_REPLAY = [({"{replay_id}": "no-such", "body": "{}"}, NOBODY)]
MATRIX |= {
    "POST /v1/replays": [
        ({"body": json.dumps(REPLAY | {"scope": [f"campus:{N2}"]})}, HISTORY_OWN),
        ({"body": json.dumps(REPLAY | {"scope": [f"consortium:{NORTH}"]})}, row(503, 404, 503, 403)),
        ({"body": json.dumps(REPLAY | {"scope": ["area:4201"]})}, row(404, 404, 503, 403)),
        ({"body": json.dumps(REPLAY | {"scope": [f"campus:{S1}"]})}, NOBODY),
        ({"body": json.dumps(REPLAY | {"scope": [f"campus:{N2}", f"campus:{S1}"]})}, NOBODY),
        ({"body": json.dumps(REPLAY | {"scope": [f"campus:{N2}"], "as_person": "p-1"})}, REPLAY_AS_ANOTHER),
    ],
    **{f"{method}{_ONE}": _NO_REPLAY for method in ("", "PATCH ", "DELETE ")},
    f"{_ONE}/stream": _NO_REPLAY,
}
WATCHED = changing(auditor=503, bureau=503, head=503, principal=503)
"""Nothing can be recorded here, so the record is not read."""
INVITED = {"pupil_token": "p_8Zt3kQ1xW0aB"} | {
    "runs": [{"route_id": "r", "direction": "to_school", "stop_id": "s", "pick_up_min": 400, "drop_off_min": 430}]
}
_GUARDIANS, _CHILD = "/v1/campuses/{campus_id}/guardians", "/v1/guardian/children/{child}"
_ONE_CHILD = [({"{child}": "ch-1", "{share_id}": "sh-1", "body": "{}"}, changing())]
MATRIX |= {
    "/v1/access": [
        ({}, WATCHED),
        ({"?": f"?campus={N2}"}, WATCHED),
        ({"?": f"?campus={S1}"}, changing(auditor=404, bureau=404, head=404, principal=404)),
    ],
    "POST /v1/campuses/{campus_id}/invitations": [
        (OWN | {"body": json.dumps(INVITED)}, changing(principal=503, staff=503)),
        (FOREIGN | {"body": json.dumps(INVITED)}, changing(principal=404, staff=404)),
    ],
    "DELETE /v1/campuses/{campus_id}/invitations/{invitation_id}": [
        (parts | {"{invitation_id}": "inv-1"}, changing(principal=404, staff=404)) for parts in (OWN, FOREIGN)
    ],
    _GUARDIANS: [(OWN, changing(principal=200, staff=200)), (FOREIGN, changing(principal=404, staff=404))],
    f"DELETE {_GUARDIANS}/{{guardianship_id}}": [
        (parts | {"{guardianship_id}": "ch-1"}, changing(principal=404, staff=404)) for parts in (OWN, FOREIGN)
    ],
    "/v1/guardian/children": [({}, changing())],
    "DELETE /v1/guardian/session": [({}, changing())],
    **{f"{_CHILD}/{part}": _ONE_CHILD for part in ("run", "stream", "trips", "copy", "shares")},
    **{f"{method} {_CHILD}/consent": _ONE_CHILD for method in ("PUT", "DELETE")},
    f"POST {_CHILD}/shares": _ONE_CHILD,
    f"DELETE {_CHILD}/shares/{{share_id}}": _ONE_CHILD,
}
OPEN = {"/livez", "/readyz", "/docs", "/docs/oauth2-redirect", "/v1/openapi.json"}
"""Asked without a token; they say nothing about any school."""


def method_of(key: str) -> tuple[str, str]:
    """Method and path of a row: a path alone is a GET."""
    method, _, path = key.rpartition(" ")
    return method or "GET", path


class Case(NamedTuple):
    """One request of one role, and the status that it must get."""

    method: str
    path: str
    body: str
    role: Role
    status: int


def cases() -> Iterator[Case]:
    for route, rows in MATRIX.items():
        method, template = method_of(route)
        for parts, statuses in rows:
            path = template + parts.get("?", "")
            for name, value in parts.items():
                path = path.replace(name, value) if name.startswith("{") else path
            yield from (Case(method, path, parts.get("body", ""), role, status) for role, status in statuses.items())


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    rig = Rig()
    for campus_id in (N2, S1, FORMER):
        rig.state(campus_record(campus_id, CANTEEN, 1))
        rig.alert(AlertMaker(campus_id).record(1))
    async with serving(rig.context()) as found:
        yield found


async def test_every_route_answers_every_role_as_the_matrix_says(client: Client) -> None:
    wrong = []
    for case in cases():
        headers = bearer(case.role.value) | {"Content-Type": "application/json"}
        sent = client.http.request(case.method, client.base + case.path, data=case.body.encode(), headers=headers)
        async with sent as response:
            if response.status != case.status:
                wrong.append((case.method, case.path, case.role, response.status, case.status))
    assert wrong == []


async def test_every_guarded_route_refuses_whoever_has_no_token_in_force(client: Client) -> None:
    for method, path, body in {(case.method, case.path, case.body) for case in cases()}:
        for headers in ({}, bearer("expired"), bearer("revoked"), bearer("nobody"), {"Authorization": "Basic eDp5"}):
            sent = headers | {"Content-Type": "application/json"}
            async with client.http.request(method, client.base + path, data=body.encode(), headers=sent) as response:
                assert (response.status, response.headers["WWW-Authenticate"]) == (401, "Bearer"), path
                assert response.content_type == "application/problem+json"
                assert (await response.json())["code"] == "CAMP-601"


async def test_open_routes_say_nothing_about_any_school(client: Client) -> None:
    for path in OPEN - {"/docs/oauth2-redirect"}:
        async with client.http.get(client.base + path) as response:
            assert response.status == 200
            text = await response.text()
        assert "校区 n-2" not in text
        assert "联盟 k-north" not in text


def routes_of(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    """Every route, those of included routers too."""
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is None:
            yield route
        else:
            yield from routes_of(included.routes)


def test_every_role_has_a_column() -> None:
    assert set(ALL_OK) == set(Role)


def test_every_route_of_the_app_has_a_row() -> None:
    routes = list(routes_of(create_app(Rig().context()).routes))
    pages = {("GET", path) for path in OPEN} | {("GET", "/static-offline-docs")}
    found = {
        (method, vars(route)["path"])
        for route in routes
        for method in (vars(route).get("methods") or {"GET"})
        if method != "HEAD"
    }
    assert found == set(map(method_of, MATRIX)) | set(ACCOUNTS) | pages


async def test_foreign_and_absent_objects_look_the_same(client: Client) -> None:
    bodies = []
    for campus_id in (S1, "no-such"):
        async with client.http.get(f"{client.base}/v1/campuses/{campus_id}", headers=bearer("supervisor")) as response:
            bodies.append((response.status, await response.read(), sorted(response.headers)))
    assert bodies[0] == bodies[1]

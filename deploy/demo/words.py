"""What the demonstration prints: where to look, tokens, commands that work as pasted, and what goes wrong today."""

import json
from collections.abc import Iterator

from deploy.demo.facts import bureau_token, source_token, supervisor_token
from deploy.demo.first_sight import watched_consortium
from deploy.demo.incidents import MEANINGS, Script
from deploy.demo.parents import parent_lines
from deploy.demo.people import holders
from deploy.demo.plan import County
from deploy.demo.school_day import rfc3339
from deploy.demo.term import LEFT_MS, MODE_CHANGED_MS, term_of
from schemas.clock import SECOND_MS
from schemas.registry import Role


def welcome(county: County, gateway: str, api: str, data_dir: str, now_ms: int) -> Iterator[str]:
    """The lines shown once the first bus is visible."""
    consortium = watched_consortium(county)
    campus = next((item for item in consortium.campuses if item.has_canteen), consortium.core)
    viewer = supervisor_token(county.seed, consortium.consortium_id).text
    bureau = bureau_token(county.seed, consortium.county.code).text
    authorization = f"-H 'Authorization: Bearer {viewer}'"
    size = f"{len(county.campuses)} 校区 / campuses · {len(county.consortia)} 教联体 / consortia"
    yield f"{consortium.county.name} · {size} · {county.buses} 校车 / buses · {rfc3339(now_ms)[:16]}"
    yield f"接口 / API      {api}        文档 / docs  {api}/docs"
    yield f"网关 / gateway  {gateway}/v1/events    文档 / docs  {gateway}/docs"
    yield f"令牌 / tokens   {viewer}   {consortium.name} 督导 / supervisor"
    yield f"                {bureau}   {consortium.county.name}教育局 / county bureau"
    for holder in holders(county):
        if holder.role not in (Role.SUPERVISOR, Role.BUREAU):
            yield f"                {holder.token(county.seed).text}   {holder.title}"
    yield from _term_lines(county)
    yield f"命令 / commands CAMPANILE_DATA_DIR={data_dir} campanile status   (doctor, events tail …)"
    yield ""
    yield "1  教联体总览，最差在前 / the consortium now, worst first"
    live = f"{api}/v1/consortia/{consortium.consortium_id}/live"
    yield f"curl -s {authorization} {live} | python3 -m json.tool | head -60"
    yield ""
    yield "2  实时事件流 / live, as it happens"
    yield f"curl -N {authorization} '{api}/v1/live?scope=consortium:{consortium.consortium_id}'"
    yield ""
    yield "3  你的第一个事件，以及它出现的地方 / your first event, and where it shows"
    sender = source_token(county.seed, campus.campus_id).text
    yield f"curl -s -X POST {gateway}/v1/events -H 'Authorization: Bearer {sender}' \\"
    yield "  -H 'content-type: application/cloudevents+json' \\"
    yield f"  -d '{_first_event(campus.campus_id, now_ms)}'"
    yield f"curl -s {authorization} {api}/v1/campuses/{campus.campus_id}/systems/canteen | python3 -m json.tool"
    yield from parent_lines(county, api, now_ms)


def _term_lines(county: County) -> Iterator[str]:
    """What changed in the county during the term."""
    term = term_of(county)
    changed, left = (rfc3339(at_ms)[:10] for at_ms in (MODE_CHANGED_MS, LEFT_MS))
    if term.changes_mode is not None:
        yield f"学期 / term     {changed}  {term.changes_mode.name}: 共建 → 融合 / co-built → fusion"
    if term.leaves is not None:
        yield f"                {left}  {term.leaves.name}: 退出 / left its consortium"
    if term.agrees is not None:
        yield f"                {changed}  {term.agrees.name}: 约定食堂告警可见 / canteen breaches are shown"


def incident_lines(script: Script) -> Iterator[str]:
    """The scripted incidents, one a line, in order of time."""
    for incident in script.incidents:
        meaning = MEANINGS[incident.kind]
        begin, end = (rfc3339(instant_ms)[11:16] for instant_ms in incident.window)
        place = incident.campus_id if incident.subject == "*" else f"{incident.campus_id} {incident.subject}"
        yield f"{begin}–{end}  {place}"
        yield f"             {meaning.zh} / {meaning.en}  →  {meaning.expected}"


def _first_event(campus_id: str, now_ms: int) -> str:
    event = {
        "specversion": "1.0",
        "id": "my-first-event",
        "source": "urn:example:my-thermometer",
        "type": "canteen.temp.sampled.v1",
        "subject": "my-freezer",
        "time": rfc3339(now_ms - now_ms % SECOND_MS),
        "campusid": campus_id,
        "data": {"zone": "freezer", "temp_c": -18.5},
    }
    return json.dumps(event, separators=(",", ":"))

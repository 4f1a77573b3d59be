"""What the demonstration prints: where to look, accounts, the term, commands that work as pasted, what goes wrong."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from deploy.demo.accounts import FILE_NAME as ACCOUNTS
from deploy.demo.accounts import Account
from deploy.demo.columns import padded
from deploy.demo.incidents import MEANINGS, Script
from deploy.demo.plan import CampusPlan
from deploy.demo.school_day import rfc3339
from deploy.demo.term import TIGHTER
from deploy.demo.tour import Scene, tour
from deploy.demo.tries import tries
from schemas.registry import Mode

MODES: Final = {Mode.FUSION: "融合 / fusion", Mode.CO_BUILT: "共建 / co-built", Mode.COOPERATIVE: "协作 / cooperative"}
_LABEL: Final = 18
_LOGIN: Final = 15
_PASSWORD: Final = 19


def welcome(scene: Scene, accounts: Sequence[Account]) -> Iterator[str]:
    """The lines shown once the first bus is visible."""
    county, place = scene.county, scene.place
    size = f"{len(county.campuses)} 校区 / campuses · {len(county.consortia)} 教联体 / consortia"
    names = "、".join(item.name for item in county.counties[:3])
    yield f"{names} · {size} · {county.buses} 校车 / buses · {rfc3339(scene.now_ms)[:16]}"
    yield ""
    yield _row("接口 / API", f"{place.api}    文档 / docs  {place.api}/docs")
    yield _row("网关 / gateway", f"{place.gateway}    文档 / docs  {place.gateway}/docs")
    yield _row("程序令牌 / tokens", f"{place.viewer}   查看 / looks")
    yield _row("", f"{place.source}   发送 / sends")
    yield ""
    yield from account_lines(scene, accounts)
    yield ""
    yield from term_lines(scene)
    for number, step in enumerate(tour(scene), start=1):
        yield ""
        yield from _titled(number, step.title)
        yield from "\n".join(step.commands).splitlines()


def _titled(number: int, title: str) -> Iterator[str]:
    """The title as comments of a shell, so that a whole step may be pasted."""
    first, *others = title.splitlines()
    yield f"# {number}  {first}"
    for line in others:
        yield f"#    {line}"


def account_lines(scene: Scene, accounts: Sequence[Account]) -> Iterator[str]:
    """Every account with its password, and what to try as that person."""
    commands = tries(scene.county)
    yield "账号，只属于这次演示；命令在第 4 步之后可用"
    yield "accounts, of this demonstration alone; their commands work after step 4"
    yield f"  {scene.place.data_dir / ACCOUNTS}"
    for account in accounts:
        yield f"  {padded(account.login, _LOGIN)}{padded(account.password, _PASSWORD)}{account.title}"
        yield f"    {commands[account.login]}"
    yield f"  {padded('家长', _LOGIN)}受邀进入，没有账号，见第 5 步 / a guardian comes in by invitation: step 5"


def term_lines(scene: Scene) -> Iterator[str]:
    """What changed in the county during the term."""
    term = scene.term
    yield "学期中的变化 / what changed during the term"
    if term.joins is not None:
        yield _dated(term.joined_ms, term.joins, f"加入 / joined {term.joins.consortium_id}")
    if term.changes_mode is not None:
        before = term.changes_mode.mode
        yield _dated(term.changed_ms, term.changes_mode, f"{MODES[before]} → {MODES[TIGHTER[before]]}")
    if term.agrees is not None:
        yield _dated(term.changed_ms, term.agrees, "约定可见食堂告警 / agreed: canteen alerts shown")
    if term.belongs_to_two is not None and term.second is not None:
        yield _dated(
            term.changed_ms, term.belongs_to_two, f"同时加入 / belongs to two, also {term.second.consortium_id}"
        )
    if term.leaves is not None:
        yield _dated(term.left_ms, term.leaves, f"退出 / left {term.leaves.consortium_id}")


def _dated(at_ms: int, campus: CampusPlan, what: str) -> str:
    instant = rfc3339(at_ms)[:16].replace("T00:00", "").replace("T", " ")
    return f"  {padded(instant, 18)}{padded(campus.campus_id, 14)}{padded(campus.name, 18)}{what}"


def _row(label: str, text: str) -> str:
    return padded(label, _LABEL) + text


def as_json(scene: Scene, accounts: Sequence[Account]) -> dict[str, Any]:
    """The same for programs."""
    place, commands = scene.place, tries(scene.county)
    return {
        "api": place.api,
        "gateway": place.gateway,
        "data_dir": str(place.data_dir),
        "now_ms": scene.now_ms,
        "tokens": {"viewer": place.viewer, "source": place.source},
        "accounts": [account._asdict() | {"try": commands[account.login]} for account in accounts],
        "steps": [step._asdict() for step in tour(scene)],
    }


def incident_lines(script: Script) -> Iterator[str]:
    """The scripted incidents, one a line, in order of time."""
    for incident in script.incidents:
        meaning = MEANINGS[incident.kind]
        begin, end = (rfc3339(instant_ms)[11:16] for instant_ms in incident.window)
        place = incident.campus_id if incident.subject == "*" else f"{incident.campus_id} {incident.subject}"
        yield f"{begin}–{end}  {place}"
        yield f"             {meaning.zh} / {meaning.en}  →  {meaning.expected}"

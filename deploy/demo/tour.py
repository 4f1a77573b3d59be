"""The walk through the demonstration: every command that it prints, in order, with a word about each."""

import json
from collections.abc import Iterator
from typing import Final, NamedTuple

from deploy.demo.dispute import dispute_step
from deploy.demo.first_sight import watched_consortium
from deploy.demo.parents import parent_commands
from deploy.demo.plan import CampusPlan, County
from deploy.demo.school_day import SchoolDay, rfc3339
from deploy.demo.shell_file import Place
from deploy.demo.steps import Step
from deploy.demo.term import Term
from deploy.demo.tries import SPAN
from schemas.clock import MINUTE_MS, SECOND_MS, local_midnight_ms

PRETTY: Final = "| python3 -m json.tool --no-ensure-ascii"


class Scene(NamedTuple):
    """What is shown: the county, its term, and where and when it runs."""

    county: County
    term: Term
    place: Place

    @property
    def now_ms(self) -> int:
        """The demonstration's time when it is told."""
        return self.place.to_ms

    @property
    def day(self) -> SchoolDay:
        """The day that is shown."""
        return SchoolDay(local_midnight_ms(self.now_ms))


def sending_campus(county: County) -> CampusPlan:
    """Where the first event comes from."""
    consortium = watched_consortium(county)
    return next((item for item in consortium.campuses if item.has_canteen), consortium.core)


def tour(scene: Scene) -> Iterator[Step]:
    """Every step; the first three need nothing before them, the others the line that reads the shell file."""
    yield from _first_look(scene)
    yield Step(
        "下面各步，先在这个终端粘贴一行 / for the steps below, first paste one line into that terminal",
        (f". '{scene.place.shell_file}'",),
    )
    parents = tuple(parent_commands(scene.county, scene.now_ms))
    if parents:
        yield Step("家长：受邀、同意、查看孩子的校车 / a parent: invited, consents, watches the child's bus", parents)
    if scene.term.leaves is not None:
        yield _leaving(scene, scene.term.leaves)
    dispute = dispute_step(scene.county, scene.day)
    if dispute is not None:
        yield dispute
    yield _replay(scene)


def _first_look(scene: Scene) -> Iterator[Step]:
    consortium, campus = watched_consortium(scene.county).consortium_id, sending_campus(scene.county)
    viewer = f"-H 'Authorization: Bearer {scene.place.viewer}'"
    api = scene.place.api
    sent = (
        f"curl -s {scene.place.gateway}/v1/events \\\n"
        f"  -H 'Authorization: Bearer {scene.place.source}' \\\n"
        f"  -H 'content-type: application/cloudevents+json' \\\n  -d '{_first_event(campus, scene.now_ms)}'"
    )
    yield Step(
        "教联体总览，最差在前 / the consortium now, worst first",
        (f"curl -s {api}/v1/consortia/{consortium}/live \\\n  {viewer} \\\n  {PRETTY} | head -60",),
    )
    yield Step(
        "实时事件流，Ctrl-C 结束 / live, as it happens; Ctrl-C ends it",
        (f"curl -N '{api}/v1/live?scope=consortium:{consortium}' \\\n  {viewer}",),
    )
    yield Step(
        "你的第一个事件，以及它出现的地方 / your first event, and where it shows",
        (sent, f"curl -s {api}/v1/campuses/{campus.campus_id}/systems/canteen \\\n  {viewer} \\\n  {PRETTY}"),
    )


def _first_event(campus: CampusPlan, now_ms: int) -> str:
    event = {
        "specversion": "1.0",
        "id": "my-first-event",
        "source": "urn:example:my-thermometer",
        "type": "canteen.temp.sampled.v1",
        "subject": "my-freezer",
        "time": rfc3339(now_ms - now_ms % SECOND_MS),
        "campusid": campus.campus_id,
        "data": {"zone": "freezer", "temp_c": -18.5},
    }
    members = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in event.items()]
    pairs = [", ".join(members[at : at + 2]) for at in range(0, len(members), 2)]
    return "{" + ",\n       ".join(pairs) + "}"


def _leaving(scene: Scene, campus: CampusPlan) -> Step:
    """A supervisor sees the campus at an instant before it left, and not in the consortium of now."""
    before_ms = scene.term.left_ms - 5 * MINUTE_MS
    consortium = campus.consortium_id
    count = f"| grep -c {campus.campus_id}"
    minutes = f"scope=campus:{campus.campus_id}&{SPAN}"
    return Step(
        f"{campus.name}今晨退出：此前仍可见，此后不可见\n"
        f"{campus.campus_id} left this morning: still seen of the time before, and not since",
        (
            f"ask supervisor '/v1/past/consortia/{consortium}?at={before_ms}&clock=was' \\\n  {count}",
            f"ask supervisor /v1/consortia/{consortium}/live \\\n  {count}",
            f'ask supervisor "/v1/history/aggregates?by=minute&{minutes}" \\\n  | grep from_ms | tail -1',
        ),
    )


def _replay(scene: Scene) -> Step:
    campus = sending_campus(scene.county)
    begin = rfc3339(scene.day.opens_ms)[:16]
    end = rfc3339(scene.now_ms)[:16]
    replayed = (
        f"CAMPANILE_TOKEN=$(sign_in supervisor) campanile replay --campus {campus.campus_id} \\\n"
        f"  --from {begin} --to {end} --purpose 核查今晨 | tail -20"
    )
    return Step(
        "回放今晨，再看谁看过什么 / replay this morning; then see who looked at what",
        (replayed, f"ask auditor '/v1/access?campus={campus.campus_id}'"),
    )

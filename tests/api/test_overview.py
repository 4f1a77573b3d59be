"""Lines and overviews: what is shown for what is known, and in which order."""

import pytest

from api.authority import Principal, authenticate
from api.authority.sight import rollup_sight_of, sight_of
from api.authority.visible import visible_members
from api.live.change import StatusHead
from api.overview.line import Condition, SystemLine, line_of, worst_first
from api.overview.overview import ConsortiumOverview, Judge
from api.overview.tree import tree_of
from schemas.documents import AlertLine
from schemas.organisation import Organisation
from schemas.registry import Role
from tests.api.support.serving import Rig
from tests.api.support.world import (
    BUS,
    CANTEEN,
    N1,
    N2,
    N3,
    NORTH,
    NOW_MS,
    bearer,
    campus_status,
    stored,
)

STALE_MS = 300_000


def who(facts: Organisation, name: str) -> Principal:
    found = authenticate(bearer(name)["Authorization"], facts, NOW_MS)
    assert found is not None
    return found


def head(*, severity: int = 0, heard_ms: int = NOW_MS, devices_heard: int = 2, devices_silent: int = 0) -> StatusHead:
    alerts = [AlertLine("a", "r", 1, severity, "s", 0, 0)] if severity else []
    return StatusHead(1, NOW_MS, NOW_MS, heard_ms, severity, {}, devices_heard, devices_silent, 1, 0, 0, alerts)


def line(found: StatusHead | None, campus_id: str = "c", *, expected: int = 2) -> SystemLine:
    return line_of(campus_id, "canteen", found, devices_expected=expected, at_ms=NOW_MS, stale_after_ms=STALE_MS)


@pytest.mark.parametrize(
    ("found", "expected", "condition", "silent"),
    [
        (head(), 2, Condition.OK, 0),
        (None, 2, Condition.NO_DATA, 2),
        (None, 0, Condition.NO_DATA, 0),
        (head(heard_ms=NOW_MS - STALE_MS), 2, Condition.OK, 0),
        (head(heard_ms=NOW_MS - STALE_MS - 1), 2, Condition.STALE, 0),
        (head(devices_silent=1), 2, Condition.SILENT, 1),
        (head(devices_heard=1), 3, Condition.SILENT, 2),
        (head(severity=3), 2, Condition.ALERT, 0),
        (head(severity=3, heard_ms=0), 2, Condition.ALERT, 0),
    ],
)
def test_condition_follows_from_alerts_freshness_and_devices(
    found: StatusHead | None, expected: int, condition: Condition, silent: int
) -> None:
    shown = line(found, expected=expected)
    assert (shown.condition, shown.devices_silent) == (condition, silent)


def test_clock_of_a_gateway_that_runs_ahead_gives_no_negative_age() -> None:
    assert line(head(heard_ms=NOW_MS + 5_000)).age_ms == 0


def test_worst_comes_first() -> None:
    lines = [
        line(head(), "fresh"),
        line(head(heard_ms=NOW_MS - 9_000), "older"),
        line(None, "never", expected=0),
        line(head(devices_silent=2), "two silent"),
        line(head(devices_silent=1), "one silent"),
        line(head(severity=4), "blue"),
        line(head(severity=1), "red"),
        line(head(severity=1, devices_silent=1), "red and silent"),
    ]
    names = [shown.campus_id for shown in sorted(lines, key=worst_first)]
    assert names == ["red and silent", "red", "blue", "two silent", "one silent", "never", "older", "fresh"]


def test_consortium_shows_every_installed_system_of_every_member_even_without_data() -> None:
    rig = Rig()
    rig.state((b"n-2/canteen", stored(campus_status(N2, CANTEEN, severity=2, alerts=[_alert(2)]))))
    rig.state((b"n-1/canteen", stored(campus_status(N1, CANTEEN))))
    rig.state((b"n-1/lesson_ops", stored(campus_status(N1, "lesson_ops"))))
    shown = _overview(rig)
    assert [found.campus_id for found in shown.campuses] == [N2, N3, N1]
    assert shown.severity == 2
    assert shown.open_alerts == (0, 1, 0, 0)
    assert shown.conditions == {"alert": 1, "no_data": 4, "stale": 0, "silent": 0, "ok": 2}
    assert (shown.devices_expected, shown.devices_heard) == (9, 6)


def test_removed_document_counts_as_no_data() -> None:
    rig = Rig()
    rig.state((b"n-1/canteen", stored(campus_status(N1, CANTEEN))))
    rig.state((b"n-1/canteen", None))
    assert _overview(rig).conditions[Condition.NO_DATA] == 6


def test_oldest_watermark_and_newest_hearing_stand_for_the_consortium() -> None:
    rig = Rig()
    rig.state((b"n-1/canteen", stored(campus_status(N1, CANTEEN, watermark_ms=5, heard_ms=NOW_MS - 2))))
    rig.state((b"n-2/school_bus", stored(campus_status(N2, BUS, watermark_ms=9, heard_ms=NOW_MS - 1))))
    shown = _overview(rig)
    assert (shown.watermark_ms, shown.heard_ms) == (5, NOW_MS - 1)


def test_tree_shows_areas_down_to_the_visible_members_only() -> None:
    rig = Rig()
    tree = tree_of(who(rig.facts, "supervisor"), rig.facts, NOW_MS)
    province = tree.areas[0]
    county = province.areas[0]
    assert (province.area_id, [area.area_id for area in province.areas]) == ("42", ["4201"])
    assert [found.campus_id for found in county.consortia[0].campuses] == [N1, N2, N3]
    assert county.campuses == []


def test_campus_without_visible_consortium_stands_under_its_area() -> None:
    rig = Rig()
    principal = who(rig.facts, "principal")
    assert principal.role is Role.PRINCIPAL
    county = tree_of(principal, rig.facts, NOW_MS).areas[0].areas[0]
    assert (county.consortia, [found.campus_id for found in county.campuses]) == ([], [N2])


def test_consortium_of_an_undeclared_area_is_not_hidden() -> None:
    rig = Rig()
    rig.facts.apply("area/4201", None)
    tree = tree_of(who(rig.facts, "supervisor"), rig.facts, NOW_MS)
    assert [found.consortium_id for found in tree.consortia] == [NORTH]


def _alert(severity: int) -> AlertLine:
    return AlertLine("a", "canteen.freezer_warm", 1, severity, "sensor", 0, 0)


def _overview(rig: Rig) -> ConsortiumOverview:
    facts = rig.facts
    members = visible_members(who(facts, "supervisor"), NORTH, facts, NOW_MS)
    supervisor = who(facts, "supervisor")
    rollups = rollup_sight_of(supervisor, facts, NORTH, NOW_MS)
    judge = Judge(
        rig.view,
        lambda campus_id: sight_of(supervisor, facts, campus_id, NOW_MS),
        at_ms=NOW_MS,
        stale_after_ms=STALE_MS,
    )
    return judge.consortium(facts.consortia[NORTH], members, facts.campuses, rollups)

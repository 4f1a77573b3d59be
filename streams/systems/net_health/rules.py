"""The rule book of ``net_health``.

Network inspection (校园网络巡检) belongs to the programme; no law gives figures, so the limits are the product's own.
Confidence marks: [V] verified, [S] seen in a secondary source, [M] from memory, [A] our own setting.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from schemas.clock import MINUTE_MS
from schemas.ids import RuleName
from streams.core.day_window import closed_ms, is_open, next_edge_ms, opened_ms
from streams.core.deadline import first_after
from streams.core.spans import Span, rule_of_spans
from streams.core.spell import Spell, begun_ms, causes
from streams.core.system import Finding, Rule, RuleKind
from streams.systems.net_health.limits import (
    ACCESS_POINT_DOWN_MS,
    BAD_FOR_MS,
    DOWN_IN_LESSONS_MS,
    DOWN_MS,
    LESSONS,
    LOSS_PCT,
    RTT_MS,
    UTIL_PCT,
)
from streams.systems.net_health.state import FORGOTTEN_AFTER_MS, SILENT_AFTER_MS, Link, NetHealth

_INSPECTION: Final = "校园网络巡检系统 (黄冈教联体 programme [V]); limits [A]"


def _outages(state: NetHealth) -> Iterator[tuple[str, int, Link]]:
    for name, link in state.links.items():
        since_ms = begun_ms(link.down)
        if since_ms is not None:
            yield name, since_ms, link


def _down_in_lessons(state: NetHealth, now_ms: int) -> Iterator[Finding]:
    if is_open(LESSONS, now_ms):
        yield from _down_for(state, now_ms, DOWN_IN_LESSONS_MS, opened_ms(LESSONS, now_ms))


def _down_outside_lessons(state: NetHealth, now_ms: int) -> Iterator[Finding]:
    if not is_open(LESSONS, now_ms):
        yield from _down_for(state, now_ms, DOWN_MS, closed_ms(LESSONS, now_ms))


def _down_for(state: NetHealth, now_ms: int, least_ms: int, part_of_day_ms: int) -> Iterator[Finding]:
    """Outages at least so long, each as a finding of the part of the day that began at ``part_of_day_ms``."""
    for name, since_ms, link in _outages(state):
        if since_ms + least_ms <= now_ms < since_ms + FORGOTTEN_AFTER_MS:
            detail: dict[str, int | float | str] = {"down_since_ms": since_ms, "cause": link.cause or "unknown"}
            yield Finding(name, max(since_ms, part_of_day_ms), causes(link.down), detail)


def _outage_due(least_ms: int) -> Callable[[NetHealth, int], int | None]:
    def due(state: NetHealth, now_ms: int) -> int | None:
        edges_ms = [
            since_ms + after_ms for _, since_ms, _ in _outages(state) for after_ms in (least_ms, FORGOTTEN_AFTER_MS)
        ]
        return first_after(now_ms, [*edges_ms, next_edge_ms(LESSONS, now_ms)]) if edges_ms else None

    return due


def _runs(
    spell_of: Callable[[Link], Spell], figures: Callable[[Link], dict[str, int | float | str]]
) -> Callable[[NetHealth], Iterable[Span]]:
    """Spans of the links on which something has been wrong for five minutes without a break."""

    def spans(state: NetHealth) -> Iterator[Span]:
        for name, link in state.links.items():
            spell = spell_of(link)
            since_ms = begun_ms(spell)
            if since_ms is not None:
                yield Span(name, since_ms, since_ms + BAD_FOR_MS, causes=causes(spell), detail=figures(link))

    return spans


def _silent(state: NetHealth) -> Iterator[Span]:
    for name, link in state.links.items():
        heard_ms = link.heard_ms()
        if heard_ms and begun_ms(link.down) is None:
            missed_ms = heard_ms + SILENT_AFTER_MS
            yield Span(name, missed_ms, missed_ms, heard_ms + FORGOTTEN_AFTER_MS, detail={"heard_ms": heard_ms})


def _below_contract(state: NetHealth) -> Iterator[Span]:
    for name, tested in state.tested.items():
        failed_ms = tested.below.on_ms
        if len(failed_ms) >= 2:
            detail: dict[str, int | float | str] = {
                "down_mbps": tested.down_mbps,
                "up_mbps": tested.up_mbps,
                "contract_mbps": tested.contract_mbps,
            }
            yield Span(name, failed_ms[0], failed_ms[1], causes=causes(tested.below), detail=detail)


def _points_down(state: NetHealth) -> Iterator[Span]:
    for name, point in state.access_points.items():
        since_ms = begun_ms(point.down)
        if since_ms is not None:
            detail: dict[str, int | float | str] = {"cause": point.cause}
            until_ms = since_ms + FORGOTTEN_AFTER_MS
            yield Span(name, since_ms, since_ms + ACCESS_POINT_DOWN_MS, until_ms, causes(point.down), detail)


RULES: Final[tuple[Rule[NetHealth], ...]] = (
    Rule(
        RuleName("net_health.uplink_down_in_lessons"),
        1,
        RuleKind.THRESHOLD,
        2,
        "上课时间校园网出口中断超过60秒",
        "Uplink down for more than 60 s in lesson time",
        _INSPECTION + "; lesson time 08:00–17:30 (教育部 2021 睡眠管理通知: no first lesson before 08:00 [S])",
        _down_in_lessons,
        _outage_due(DOWN_IN_LESSONS_MS),
    ),
    Rule(
        RuleName("net_health.uplink_down"),
        1,
        RuleKind.THRESHOLD,
        3,
        "校园网出口中断超过5分钟（非上课时间）",
        "Uplink down for more than 5 min outside lesson time",
        _INSPECTION,
        _down_outside_lessons,
        _outage_due(DOWN_MS),
    ),
    rule_of_spans(
        "net_health.loss_high",
        _runs(lambda link: link.lossy, lambda link: {"loss_pct": link.loss_pct, "limit_pct": LOSS_PCT}),
        kind=RuleKind.THRESHOLD,
        severity=3,
        title_zh="出口丢包率连续5分钟超过3%",
        title_en="Uplink loses more than 3 % for 5 min",
        citation=_INSPECTION,
    ),
    rule_of_spans(
        "net_health.rtt_high",
        _runs(lambda link: link.slow, lambda link: {"rtt_ms": link.rtt_ms, "limit_ms": RTT_MS}),
        kind=RuleKind.THRESHOLD,
        severity=4,
        title_zh="出口往返时延连续5分钟超过100毫秒",
        title_en="Uplink round trip above 100 ms for 5 min",
        citation=_INSPECTION,
    ),
    rule_of_spans(
        "net_health.uplink_saturated",
        _runs(lambda link: link.saturated, lambda link: {"util_pct": link.util_pct, "limit_pct": UTIL_PCT}),
        kind=RuleKind.THRESHOLD,
        severity=4,
        title_zh="出口带宽利用率连续5分钟超过85%",
        title_en="Uplink use above 85 % for 5 min",
        citation=_INSPECTION,
    ),
    rule_of_spans(
        "net_health.link_silent",
        _silent,
        kind=RuleKind.ABSENCE,
        severity=3,
        title_zh=f"出口{SILENT_AFTER_MS // MINUTE_MS}分钟无上报",
        title_en=f"No report of the uplink for {SILENT_AFTER_MS // MINUTE_MS} min",
        citation=_INSPECTION,
    ),
    rule_of_spans(
        "net_health.bandwidth_below_contract",
        _below_contract,
        kind=RuleKind.THRESHOLD,
        severity=4,
        title_zh="连续两次带宽测试低于合同值（千兆进校园、百兆进终端）",
        title_en="Two bandwidth tests running below contract",
        citation="千兆进校园、百兆进终端 (黄冈教联体 programme [V]); pass from 90 % of the contract [A]",
    ),
    rule_of_spans(
        "net_health.access_point_stuck_down",
        _points_down,
        kind=RuleKind.STUCK,
        severity=4,
        title_zh="无线接入点离线超过24小时",
        title_en="Access point down for more than 24 h",
        citation="校园无线全覆盖 (黄冈教联体 programme [V]); 24 h [A]",
    ),
)

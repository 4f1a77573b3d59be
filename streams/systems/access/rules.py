"""The rule book of ``access``: emergency access is told at once, much reading and many refusals are asked about.

Confidence marks: [V] verified, [A] our own setting.
"""

from collections.abc import Callable, Iterator
from typing import Final

from schemas.clock import DAY_MS
from schemas.ids import RuleName
from streams.core.system import Finding, Rule, RuleKind
from streams.systems.access.state import Access, Reader

_MINORS: Final = "未成年人网络保护条例 (国务院令第766号) 第36条 [V]; limit [A]"


def _emergencies(state: Access, now_ms: int) -> Iterator[Finding]:
    for grant_id, taken in state.emergencies.items():
        if taken.taken_ms <= now_ms < taken.until_ms:
            detail: dict[str, int | float | str] = {"principal": taken.principal_ref, "until_ms": taken.until_ms}
            yield Finding(grant_id, taken.taken_ms, (taken.event_id,), detail)


def _emergencies_due(state: Access, now_ms: int) -> int | None:
    edges_ms = [edge for taken in state.emergencies.values() for edge in (taken.taken_ms, taken.until_ms)]
    return min((edge for edge in edges_ms if edge > now_ms), default=None)


def _of_readers(reached: Callable[[Reader], tuple[int, str, int]]) -> Callable[[Access, int], Iterator[Finding]]:
    """Readers that reached a limit on the day that the counters are of, until that day is over."""

    def judge(state: Access, now_ms: int) -> Iterator[Finding]:
        if not state.day_ms <= now_ms < state.day_ms + DAY_MS:
            return
        for name, reader in state.readers.items():
            at_ms, event_id, count = reached(reader)
            if 0 < at_ms <= now_ms:
                yield Finding(name, at_ms, (event_id,), {"count": count, "role": reader.role})

    return judge


def _end_of_day(state: Access, now_ms: int) -> int | None:
    marks_ms = [mark for reader in state.readers.values() for mark in (reader.many_ms, reader.refused_ms) if mark]
    edges_ms = [*marks_ms, state.day_ms + DAY_MS] if marks_ms else []
    return min((edge for edge in edges_ms if edge > now_ms), default=None)


RULES: Final[tuple[Rule[Access], ...]] = (
    Rule(
        name=RuleName("access.emergency_taken"),
        version=1,
        kind=RuleKind.THRESHOLD,
        severity=2,
        title_zh="有人启用了紧急查看权限，请县局知悉",
        title_en="Emergency access was taken; the county is to know",
        citation=_MINORS,
        judge=_emergencies,
        due=_emergencies_due,
    ),
    Rule(
        name=RuleName("access.much_read"),
        version=1,
        kind=RuleKind.THRESHOLD,
        severity=3,
        title_zh="一日内多次查看或导出涉及学生的内容",
        title_en="One reader looked at or exported what concerns pupils very often today",
        citation=_MINORS,
        judge=_of_readers(lambda reader: (reader.many_ms, reader.many_id, reader.delicate)),
        due=_end_of_day,
    ),
    Rule(
        name=RuleName("access.often_refused"),
        version=1,
        kind=RuleKind.THRESHOLD,
        severity=3,
        title_zh="一日内多次越权访问被拒",
        title_en="One reader was refused very often today",
        citation="limit [A]",
        judge=_of_readers(lambda reader: (reader.refused_ms, reader.refused_id, reader.refusals)),
        due=_end_of_day,
    ),
)

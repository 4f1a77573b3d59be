"""Rules written as spans: verdict, next deadline, and whether an alert had been a mistake."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from streams.core.spans import Span, next_edge_ms, rule_of_spans
from streams.core.system import Rule, RuleKind


class Spans(msgspec.Struct):
    spans: list[Span] = msgspec.field(default_factory=list)
    forgotten: set[str] = msgspec.field(default_factory=set)


RULE: Rule[Spans] = rule_of_spans(
    "tests.span",
    lambda state: state.spans,
    kind=RuleKind.ABSENCE,
    severity=2,
    title_zh="跨度",
    title_en="span",
    citation="[A]",
    withdrawable=True,
    known=lambda state, subject: subject not in state.forgotten,
)


def test_a_span_holds_from_its_first_instant_to_before_its_last() -> None:
    state = Spans([Span("a", 5, 10, 20, ("e-1",), {"x": 1})])
    assert [bool(RULE.judge(state, now_ms)) for now_ms in (9, 10, 19, 20)] == [False, True, True, False]
    [finding] = RULE.judge(state, 10)
    assert (finding.subject, finding.since_ms, finding.causes, finding.detail) == ("a", 5, ("e-1",), {"x": 1})


def test_a_rule_is_due_at_the_next_edge_of_any_span() -> None:
    state = Spans([Span("a", 0, 10, 20), Span("b", 0, 15)])
    assert [RULE.due(state, now_ms) for now_ms in (0, 10, 15, 20)] == [10, 15, 20, None]


def test_an_empty_span_neither_holds_nor_is_due() -> None:
    state = Spans([Span("a", 0, 10, 10), Span("b", 0, 10, 3)])
    assert RULE.judge(state, 10) == []
    assert RULE.due(state, 0) is None


def test_an_alert_was_a_mistake_when_its_span_is_gone_or_empty_and_over_when_it_has_passed() -> None:
    state = Spans([Span("over", 0, 10, 20), Span("never", 0, 10, 5)], {"forgotten"})
    assert not RULE.ends_as_mistake(state, "over", 0)
    assert RULE.ends_as_mistake(state, "over", 1)
    assert RULE.ends_as_mistake(state, "never", 0)
    assert RULE.ends_as_mistake(state, "gone", 0)
    assert not RULE.ends_as_mistake(state, "forgotten", 0)


def test_a_rule_that_cannot_tell_withdraws_nothing() -> None:
    plain: Rule[Spans] = rule_of_spans(
        "tests.plain",
        lambda state: state.spans,
        kind=RuleKind.THRESHOLD,
        severity=4,
        title_zh="普通",
        title_en="plain",
        citation="[A]",
    )
    assert not plain.ends_as_mistake(Spans(), "gone", 0)


edges = st.integers(0, 30)


@given(st.lists(st.tuples(edges, edges)))
def test_the_verdict_changes_only_at_the_edges_that_are_named(pairs: list[tuple[int, int]]) -> None:
    state = Spans([Span(str(number), 0, *pair) for number, pair in enumerate(pairs)])
    named = set()
    now_ms: int | None = -1
    while now_ms is not None:
        named.add(now_ms)
        now_ms = next_edge_ms(state.spans, now_ms)
    changes = {now_ms for now_ms in range(40) if RULE.judge(state, now_ms) != RULE.judge(state, now_ms - 1)}
    assert changes <= named

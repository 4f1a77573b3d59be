"""Rules written as spans of time, from which verdict, deadline and "was it a mistake" follow without contradiction.

A rule's one function ``spans(state)`` says, for what is known now, during which instants each finding holds: from a
deadline (inclusive) until it was made good (exclusive). A missed child check, for example, is the span from five
minutes after the trip's end until the check. Then at any instant

* the verdict is: the spans that cover it;
* the next instant at which time alone changes the verdict is: the nearest edge of a span after it;
* an alert whose span is gone altogether has never been so; one whose span has merely ended is over.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

import msgspec

from schemas.documents import NEVER_MS
from schemas.ids import RuleName
from streams.core.system import Finding, Rule, RuleKind

S = TypeVar("S", bound=msgspec.Struct)


class Span(NamedTuple):
    """A finding and when it holds: ``from_ms <= now < until_ms``. An empty span (``until_ms <= from_ms``) never holds.

    ``subject`` and ``since_ms`` identify the finding; two spans of one rule must not share both.
    """

    subject: str
    since_ms: int
    from_ms: int
    until_ms: int = NEVER_MS
    causes: tuple[str, ...] = ()
    detail: dict[str, int | float | str] | None = None


Spans = Callable[[S], Iterable[Span]]


def rule_of_spans(  # noqa: PLR0913 — one call is one entry of the rule book, and each argument a column of it
    name: str,
    spans: Spans[S],
    *,
    kind: RuleKind,
    severity: int,
    title_zh: str,
    title_en: str,
    citation: str,
    version: int = 1,
    withdrawable: bool = False,
    known: Callable[[S, str], bool] = lambda _state, _subject: True,
) -> Rule[S]:
    """A rule from its spans.

    ``withdrawable``: a span vanishes only because a late fact showed that it never was. ``known(state, subject)``:
    the state still remembers what the subject was; what is forgotten was no mistake.
    """

    def both(state: S, now_ms: int) -> tuple[list[Finding], int | None]:
        known_now = tuple(spans(state))
        if not known_now:
            return [], None
        found = [
            Finding(span.subject, span.since_ms, span.causes, span.detail)
            for span in known_now
            if span.from_ms <= now_ms < span.until_ms
        ]
        return found, next_edge_ms(known_now, now_ms)

    def judge(state: S, now_ms: int) -> list[Finding]:
        return both(state, now_ms)[0]

    def due(state: S, now_ms: int) -> int | None:
        return both(state, now_ms)[1]

    def mistaken(state: S, subject: str, since_ms: int) -> bool:
        return known(state, subject) and all(
            span.subject != subject or span.since_ms != since_ms
            for span in spans(state)
            if span.from_ms < span.until_ms
        )

    return Rule(
        RuleName(name),
        version,
        kind,
        severity,
        title_zh,
        title_en,
        citation,
        judge,
        due,
        withdrawable,
        mistaken if withdrawable else None,
        both,
    )


def next_edge_ms(spans: Iterable[Span], now_ms: int) -> int | None:
    """The first instant after ``now_ms`` at which one of ``spans`` begins or ends to hold; None if there is none."""
    nearest = NEVER_MS
    for span in spans:
        if span.from_ms < span.until_ms:
            if now_ms < span.from_ms < nearest:
                nearest = span.from_ms
            elif span.from_ms <= now_ms < span.until_ms < nearest:
                nearest = span.until_ms
    return nearest if nearest < NEVER_MS else None

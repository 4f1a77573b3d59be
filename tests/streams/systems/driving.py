"""Drives one campus system in tests: makes events that are valid by their own models, folds them, asks the rules."""

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

import msgspec

from schemas.clock import HOUR_MS, MINUTE_MS
from schemas.frame import LoggedEvent
from schemas.ids import EventTypeName
from schemas.systems import catalogue
from streams.core.system import Effect, Finding, Rule, System

DAY_MS_START = 1_795_449_600_000
"""2026-11-24 00:00 in Asia/Shanghai, a Tuesday."""
Verdict = frozenset[tuple[str, str, int]]
_ids = count(1)


def local(hours: float, minutes: float = 0, seconds: float = 0) -> int:
    """An instant of the test day by local time."""
    return DAY_MS_START + int(hours * HOUR_MS + minutes * MINUTE_MS + seconds * 1000)


def made(type_name: str, subject: str, at_ms: int, received_ms: int | None = None, /, **data: Any) -> LoggedEvent:  # noqa: ANN401 — any event's data
    """One event as the log holds it; ``data`` must fit the declared model."""
    full_name = EventTypeName(f"{type_name}.v1")
    raw = msgspec.json.encode(data)
    catalogue()[full_name].data.model_validate_json(raw)
    return LoggedEvent(
        id=f"e-{next(_ids)}",
        source="urn:test:edge",
        type=full_name,
        subject=subject,
        campusid="c-421122-007",
        occurredms=at_ms,
        receivedms=at_ms if received_ms is None else received_ms,
        data=msgspec.json.decode(raw),
    )


def folded(system: System[Any], events: Iterable[LoggedEvent]) -> Any:  # noqa: ANN401 — each system has its own state type
    """The state after the events."""
    state = system.initial()
    for event in events:
        system.apply(state, event)
    return state


def restored(system: System[Any], state: Any) -> Any:  # noqa: ANN401 — each system has its own state type
    """The state after a way through its stored form."""
    return msgspec.json.decode(msgspec.json.encode(state), type=system.state)


def silently_changed(system: System[Any], events: Iterable[LoggedEvent]) -> list[LoggedEvent]:
    """The events that changed the state although their fold says that nothing happened: there must be none."""
    state, liars = system.initial(), []
    for event in events:
        before = msgspec.json.encode(state)
        if system.apply(state, event) is Effect.NOTHING and msgspec.json.encode(state) != before:
            liars.append(event)
    return liars


def rule_of(system: System[Any], name: str) -> Rule[Any]:
    """The rule of that name."""
    return next(rule for rule in system.rules if rule.name == f"{system.name}.{name}")


def found(system: System[Any], name: str, state: Any, at_ms: int) -> list[Finding]:  # noqa: ANN401 — each system has its own state type
    """What the rule finds at an instant."""
    return list(rule_of(system, name).judge(state, at_ms))


def holds(system: System[Any], name: str, state: Any, at_ms: int) -> bool:  # noqa: ANN401 — each system has its own state type
    """Whether the rule finds anything at an instant."""
    return bool(found(system, name, state, at_ms))


def withdraws(system: System[Any], name: str, before: Finding, state: Any) -> bool:  # noqa: ANN401 — each system has its own state type
    """Whether the finding, once it no longer holds, is withdrawn as a mistake."""
    return rule_of(system, name).ends_as_mistake(state, before.subject, before.since_ms)


def verdict(system: System[Any], state: Any, at_ms: int) -> Verdict:  # noqa: ANN401 — each system has its own state type
    """Everything that the system's rules find at an instant."""
    return frozenset(
        (rule.name, finding.subject, finding.since_ms) for rule in system.rules for finding in rule.judge(state, at_ms)
    )


def verdicts_at_every(system: System[Any], arrivals: list[LoggedEvent], instants: Iterable[int]) -> Iterator[Verdict]:
    """The verdict at each instant, judged anew each time; events arrive at ``receivedms``."""
    state, waiting = system.initial(), list(arrivals)
    for now_ms in instants:
        while waiting and waiting[0].receivedms <= now_ms:
            system.apply(state, waiting.pop(0))
        yield verdict(system, state, now_ms)


def verdicts_when_due(system: System[Any], arrivals: list[LoggedEvent], instants: Iterable[int]) -> Iterator[Verdict]:
    """The verdict at each instant, judged only when a fold asks for it or a rule's own deadline has come."""
    state, waiting = system.initial(), list(arrivals)
    held, due_ms = verdict(system, state, 0), _due(system, state, 0)
    for now_ms in instants:
        asked = due_ms is not None and due_ms <= now_ms
        while waiting and waiting[0].receivedms <= now_ms:
            asked |= system.apply(state, waiting.pop(0)) is Effect.JUDGE
        if asked:
            held, due_ms = verdict(system, state, now_ms), _due(system, state, now_ms)
        yield held


def _due(system: System[Any], state: Any, now_ms: int) -> int | None:  # noqa: ANN401 — each system has its own state type
    instants = [due_ms for rule in system.rules if (due_ms := rule.due(state, now_ms)) is not None]
    assert all(due_ms > now_ms for due_ms in instants)
    return min(instants, default=None)

"""Compares what the rules find with the alerts that are open: what is new is raised, what no longer holds is ended.

An alert ends as *withdrawn* when its rule says that it had been a mistake (a late fact arrived), else as *cleared*. A
rule that raises an exception has no say in this judgement: its open alerts stay as they are, and it is counted.
"""

from dataclasses import dataclass, field
from typing import Any

from schemas.alerts import Alert, AlertState, alert_id
from schemas.documents import NEVER_MS, AlertLine
from streams.core.plan import SystemPlan
from streams.core.system import Finding, Rule

FindingKey = tuple[str, str, int]
"""Rule, subject, since."""
EARLIEST_DUE_MS = 1_000_000_000_000
"""The least instant of 13 digits, as the stored form needs them."""


@dataclass(frozen=True)
class OpenAlert:
    """An alert that holds now, with what its closing transition will have to repeat."""

    line: AlertLine
    causes: tuple[str, ...]
    detail: dict[str, int | float | str]


@dataclass
class Verdict:
    """What one judgement decided."""

    transitions: list[Alert]
    due_ms: int
    failed_rules: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Place:
    """Where and when a judgement is made."""

    campus_id: str
    partition: int
    offset: int
    now_ms: int


def judge(plan: SystemPlan, state: Any, open_alerts: dict[FindingKey, OpenAlert], place: Place) -> Verdict:  # noqa: ANN401 — each system has its own state type
    """Ask every rule; ``open_alerts`` is brought up to date, the verdict tells what changed and when to ask again."""
    verdict = Verdict([], NEVER_MS)
    for rule in plan.rules:
        was_open = sorted(key for key in open_alerts if key[0] == rule.name) if open_alerts else ()
        try:
            findings, due_ms = rule.assess(state, place.now_ms)
            found = {_key(rule, finding): finding for finding in findings}
            endings = {key: _ending(rule, state, key) for key in was_open if key not in found}
        except Exception:  # noqa: BLE001 — a faulty rule must not stop the others; it is counted and its alerts stay
            verdict.failed_rules.append(rule.name)
            continue
        if due_ms is not None:
            verdict.due_ms = min(verdict.due_ms, max(due_ms, place.now_ms + 1, EARLIEST_DUE_MS))
        for key, finding in found.items():
            if key not in open_alerts:
                open_alerts[key] = _opened(plan, rule, finding, place)
                verdict.transitions.append(_alert(plan, open_alerts[key], AlertState.OPEN, place))
        for key, ending in endings.items():
            verdict.transitions.append(_alert(plan, open_alerts.pop(key), ending, place))
    for key in [key for key in open_alerts if key[0] not in plan.rule_names]:  # of a rule that is no more
        verdict.transitions.append(_alert(plan, open_alerts.pop(key), AlertState.CLEARED, place))
    return verdict


def _key(rule: Rule[Any], finding: Finding) -> FindingKey:
    return rule.name, finding.subject, finding.since_ms


def _ending(rule: Rule[Any], state: Any, key: FindingKey) -> AlertState:  # noqa: ANN401 — see judge
    return AlertState.WITHDRAWN if rule.ends_as_mistake(state, key[1], key[2]) else AlertState.CLEARED


def _opened(plan: SystemPlan, rule: Rule[Any], finding: Finding, place: Place) -> OpenAlert:
    line = AlertLine(
        alert_id=alert_id(place.campus_id, plan.name, rule.name, finding.subject, finding.since_ms),
        rule=rule.name,
        rule_version=rule.version,
        severity=rule.severity,
        subject=finding.subject,
        since_ms=finding.since_ms,
        raised_ms=place.now_ms,
    )
    return OpenAlert(line, finding.causes, finding.detail or {})


def _alert(plan: SystemPlan, opened: OpenAlert, state: AlertState, place: Place) -> Alert:
    line = opened.line
    return Alert(
        alert_id=line.alert_id,  # type: ignore[arg-type]  # the line holds the id as plain text
        campus_id=place.campus_id,
        system=plan.name,
        rule=line.rule,
        rule_version=line.rule_version,
        severity=line.severity,
        subject=line.subject,
        state=state,
        since_ms=line.since_ms,
        raised_ms=line.raised_ms,
        cleared_ms=None if state is AlertState.OPEN else place.now_ms,
        causes=opened.causes,
        partition=place.partition,
        offset=place.offset,
        detail=opened.detail,
    )

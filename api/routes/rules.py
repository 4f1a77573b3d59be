"""``GET /v1/rules``: the rule book, with the law or standard behind each rule."""

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from api import examples
from api.authority import Action
from api.problems import declared
from api.viewer import ViewerDep
from streams.core.system import Rule, RuleKind, System

router = APIRouter(tags=["rules"])


class RuleEntry(BaseModel):
    """One rule: what it finds, how bad that is, and why it is one."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [examples.RULE]})

    rule: str
    system: str
    version: int
    kind: RuleKind
    severity: int
    """1 red … 4 blue."""
    title_zh: str
    title_en: str
    citation: str
    withdrawable: bool


class RuleBook(BaseModel):
    """Every rule in force, by system."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: list[RuleEntry]


def rule_book(systems: Iterable[System[Any]]) -> RuleBook:
    """The rules of these systems."""
    return RuleBook(rules=[_entry(system, rule) for system in systems for rule in system.rules])


def _entry(system: System[Any], rule: Rule[Any]) -> RuleEntry:
    return RuleEntry(
        rule=rule.name,
        system=system.name,
        version=rule.version,
        kind=rule.kind,
        severity=rule.severity,
        title_zh=rule.title_zh,
        title_en=rule.title_en,
        citation=rule.citation,
        withdrawable=rule.withdrawable,
    )


@router.get("/v1/rules", summary="规则手册 / the rule book", responses=declared(401, 403, 503))
async def rules(viewer: ViewerDep) -> RuleBook:
    """Every rule with its severity and source. It says nothing about any school."""
    viewer.require(Action.READ_RULES)
    return rule_book(viewer.api.systems.values())

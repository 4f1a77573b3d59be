"""``GET /v1/alerts``: open alerts, worst first and then newest first, in pages."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api import examples
from api.alert_page import AlertQuery, page_of
from api.authority import Action
from api.authority.visible import visible_campuses
from api.problems import declared
from api.viewer import Viewer, ViewerDep
from schemas.alerts import Alert, AlertState
from schemas.ids import CampusId, SystemName

router = APIRouter(tags=["alerts"])


class AlertEntry(BaseModel):
    """An alert with the words of its rule. Instants in epoch ms, UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [examples.ALERT]})

    alert_id: str
    campus_id: str
    campus_name: str
    system: str
    rule: str
    rule_version: int
    title_zh: str
    title_en: str
    severity: int
    subject: str
    state: AlertState
    since_ms: int
    raised_ms: int
    cleared_ms: int | None
    causes: list[str]
    partition: int
    offset: int
    detail: dict[str, int | float | str]


class AlertPage(BaseModel):
    """One page; ``next`` is the ``after`` of the following one, null on the last."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_ms: int
    alerts: list[AlertEntry]
    next: str | None


class AlertParameters(BaseModel):
    """Which alerts, and from where on."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["open"] = "open"
    severity: list[Annotated[int, Field(ge=1, le=4)]] = Field([], max_length=4, description="1 red … 4 blue")
    system: list[Annotated[str, Field(max_length=64)]] = Field([], max_length=64)
    campus: list[Annotated[str, Field(max_length=64)]] = Field([], max_length=64)
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    after: Annotated[str, Field(max_length=256)] | None = Field(None, description="`next` of the page before")


@router.get("/v1/alerts", summary="未解除的告警 / open alerts", responses=declared(401, 403, 422, 503))
async def alerts(viewer: ViewerDep, parameters: Annotated[AlertParameters, Query()]) -> AlertPage:
    """Open alerts of the campuses that the token may see."""
    viewer.require(Action.LIST_CONTENT)
    facts = viewer.api.facts
    campuses = visible_campuses(viewer.principal, facts, viewer.at_ms)
    visible = {campus_id: viewer.sight(campus_id) for campus_id in campuses}
    query = AlertQuery(
        severities=frozenset(parameters.severity),
        systems=frozenset(parameters.system),
        campuses=frozenset(parameters.campus),
        limit=parameters.limit,
        after=parameters.after,
    )
    found, following = page_of(viewer.api.view.alerts, visible, query)
    await viewer.record_live(
        {CampusId(alert.campus_id) for alert in found}, {SystemName(alert.system) for alert in found}
    )
    titles = _titles(viewer)
    entries = [_entry(alert, facts.campuses[CampusId(alert.campus_id)].name, titles) for alert in found]
    return AlertPage(at_ms=viewer.at_ms, alerts=entries, next=following)


def _titles(viewer: Viewer) -> dict[str, tuple[str, str]]:
    systems = viewer.api.systems.values()
    return {rule.name: (rule.title_zh, rule.title_en) for system in systems for rule in system.rules}


def _entry(alert: Alert, campus_name: str, titles: dict[str, tuple[str, str]]) -> AlertEntry:
    title_zh, title_en = titles.get(alert.rule, (alert.rule, alert.rule))
    return AlertEntry(
        alert_id=alert.alert_id,
        campus_id=alert.campus_id,
        campus_name=campus_name,
        system=alert.system,
        rule=alert.rule,
        rule_version=alert.rule_version,
        title_zh=title_zh,
        title_en=title_en,
        severity=alert.severity,
        subject=alert.subject,
        state=alert.state,
        since_ms=alert.since_ms,
        raised_ms=alert.raised_ms,
        cleared_ms=alert.cleared_ms,
        causes=list(alert.causes),
        partition=alert.partition,
        offset=alert.offset,
        detail=alert.detail,
    )

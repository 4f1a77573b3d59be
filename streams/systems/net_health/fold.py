"""Folds the events of ``net_health``. The newest report wins; runs of bad minutes stand whatever the order."""

from collections.abc import Callable
from typing import Final

from schemas.frame import LoggedEvent
from streams.core.bounded import make_room
from streams.core.spell import observe, see_off
from streams.core.system import Effect
from streams.systems.net_health.limits import CONTRACT_SHARE, DARK_LOSS_PCT, LOSS_PCT, RTT_MS, UTIL_PCT
from streams.systems.net_health.state import (
    DIGEST_INTERVAL_MS,
    MAX_ACCESS_POINTS,
    MAX_LINKS,
    MAX_PROBES,
    MAX_TESTED,
    SILENT_AFTER_MS,
    AccessPoint,
    Link,
    NetHealth,
    ProbeFailure,
    Tested,
)

_NEARLY_SILENT_MS: Final = SILENT_AFTER_MS - DIGEST_INTERVAL_MS
"""After a pause of this length an alert of silence may be open, so the rules are asked."""
_UTIL_STEP_PCT: Final = 10.0
"""A change of use that a person would notice."""


def apply(state: NetHealth, event: LoggedEvent) -> Effect:
    """Fold one event.

    Raises:
        KeyError: the type is not one of ``net_health``, or a required field is missing; the state is unchanged.
    """
    return _FOLDS[event.type](state, event)


def _minute_digest(state: NetHealth, event: LoggedEvent) -> Effect:
    data, at_ms = event.data, event.occurredms
    loss_pct, rtt_ms, util_pct = data["loss_pct"], data["rtt_ms"], data["util_pct"]
    down_mbps, up_mbps, jitter_ms, clients = data["down_mbps"], data["up_mbps"], data["jitter_ms"], data["wifi_clients"]
    link = state.links.get(event.subject) or _new_link(state, event.subject)
    paused = event.receivedms - link.heard_ms() > _NEARLY_SILENT_MS
    turned = _see_minute(link, event, loss_pct, rtt_ms, util_pct)
    if at_ms <= link.digest_ms:
        return Effect.JUDGE if turned else Effect.ALIVE
    stepped = abs(util_pct - link.util_pct) >= _UTIL_STEP_PCT
    link.digest_ms = at_ms
    link.down_mbps = down_mbps
    link.up_mbps = up_mbps
    link.rtt_ms = rtt_ms
    link.loss_pct = loss_pct
    link.jitter_ms = jitter_ms
    link.util_pct = util_pct
    link.wifi_clients = clients
    if turned or paused:
        return Effect.JUDGE
    return Effect.VISIBLE if stepped else Effect.ALIVE


def _see_minute(link: Link, event: LoggedEvent, loss_pct: float, rtt_ms: float, util_pct: float) -> bool:
    """Carry every run on by one minute; returns whether one of them began, ended or moved."""
    at_ms, event_id = event.occurredms, event.id
    if loss_pct >= DARK_LOSS_PCT:
        return observe(link.down, at_ms, event_id, is_so=True) | _end_runs(link, at_ms)
    turned = see_off(link.down, at_ms)
    if loss_pct > LOSS_PCT:
        turned |= observe(link.lossy, at_ms, event_id, is_so=True)
    else:
        turned |= see_off(link.lossy, at_ms)
    if rtt_ms > RTT_MS:
        turned |= observe(link.slow, at_ms, event_id, is_so=True)
    else:
        turned |= see_off(link.slow, at_ms)
    if util_pct > UTIL_PCT:
        turned |= observe(link.saturated, at_ms, event_id, is_so=True)
    else:
        turned |= see_off(link.saturated, at_ms)
    return turned


def _end_runs(link: Link, at_ms: int) -> bool:
    """A link that carries nothing is neither lossy nor slow nor saturated."""
    return see_off(link.lossy, at_ms) | see_off(link.slow, at_ms) | see_off(link.saturated, at_ms)


def _link_down(state: NetHealth, event: LoggedEvent) -> Effect:
    cause = event.data["cause"]
    link = state.links.get(event.subject) or _new_link(state, event.subject)
    if event.occurredms > link.cause_ms:
        link.cause_ms, link.cause = event.occurredms, cause
    observe(link.down, event.occurredms, event.id, is_so=True)
    _end_runs(link, event.occurredms)
    return Effect.JUDGE


def _link_up(state: NetHealth, event: LoggedEvent) -> Effect:
    link = state.links.get(event.subject) or _new_link(state, event.subject)
    see_off(link.down, event.occurredms)
    return Effect.JUDGE


def _ap_down(state: NetHealth, event: LoggedEvent) -> Effect:
    cause = event.data["cause"]
    point = state.access_points.get(event.subject) or _new_access_point(state, event.subject)
    newest = event.occurredms > point.heard_ms
    if newest:
        point.heard_ms, point.clients, point.cause = event.occurredms, 0, cause
    turned = observe(point.down, event.occurredms, event.id, is_so=True)
    return Effect.JUDGE if turned else Effect.ALIVE


def _ap_up(state: NetHealth, event: LoggedEvent) -> Effect:
    point = state.access_points.get(event.subject) or _new_access_point(state, event.subject)
    if event.occurredms > point.heard_ms:
        point.heard_ms, point.clients, point.cause = event.occurredms, event.data.get("clients") or 0, ""
    turned = see_off(point.down, event.occurredms)
    return Effect.JUDGE if turned else Effect.VISIBLE


def _probe_failed(state: NetHealth, event: LoggedEvent) -> Effect:
    failure = ProbeFailure(event.occurredms, event.data["target"], event.data["layer"])
    known = state.probe_failures.get(event.subject)
    if known is None:
        make_room(state.probe_failures, MAX_PROBES, lambda old: old.failed_ms)
    elif failure.failed_ms <= known.failed_ms:
        return Effect.NOTHING
    state.probe_failures[event.subject] = failure
    return Effect.VISIBLE


def _bandwidth_tested(state: NetHealth, event: LoggedEvent) -> Effect:
    data = event.data
    reach, down_mbps, up_mbps, contract_mbps = data["reach"], data["down_mbps"], data["up_mbps"], data["contract_mbps"]
    tested = state.tested.get(event.subject)
    if tested is None:
        make_room(state.tested, MAX_TESTED, lambda old: old.tested_ms)
        tested = state.tested[event.subject] = Tested()
    if event.occurredms > tested.tested_ms:
        tested.tested_ms, tested.reach = event.occurredms, reach
        tested.down_mbps, tested.up_mbps, tested.contract_mbps = down_mbps, up_mbps, contract_mbps
    is_below = min(down_mbps, up_mbps) < CONTRACT_SHARE * contract_mbps
    observe(tested.below, event.occurredms, event.id, is_so=is_below)
    return Effect.JUDGE


def _new_link(state: NetHealth, name: str) -> Link:
    make_room(state.links, MAX_LINKS, Link.heard_ms)
    link = state.links[name] = Link()
    return link


def _new_access_point(state: NetHealth, name: str) -> AccessPoint:
    make_room(state.access_points, MAX_ACCESS_POINTS, lambda old: old.heard_ms)
    point = state.access_points[name] = AccessPoint()
    return point


_FOLDS: Final[dict[str, Callable[[NetHealth, LoggedEvent], Effect]]] = {
    "net_health.link.minute_digest.v1": _minute_digest,
    "net_health.link.down.v1": _link_down,
    "net_health.link.up.v1": _link_up,
    "net_health.ap.down.v1": _ap_down,
    "net_health.ap.up.v1": _ap_up,
    "net_health.probe.failed.v1": _probe_failed,
    "net_health.bandwidth.tested.v1": _bandwidth_tested,
}

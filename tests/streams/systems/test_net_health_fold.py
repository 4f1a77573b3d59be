"""The fold of ``net_health``: newest report wins, order does not matter, size is bounded."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.clock import MINUTE_MS
from schemas.frame import LoggedEvent
from schemas.systems.net_health import EVENTS
from streams.core.spell import begun_ms
from streams.core.system import Effect
from streams.systems.net_health import SYSTEM
from streams.systems.net_health.state import MAX_ACCESS_POINTS, MAX_LINKS
from tests.streams.systems.driving import folded, local, made, restored, silently_changed


def digest(at_ms: int, link: str = "link-1", received_ms: int | None = None, **changes: float) -> LoggedEvent:
    figures: dict[str, Any] = {
        "down_mbps": 412.6,
        "up_mbps": 88.0,
        "rtt_ms": 11.0,
        "loss_pct": 0.1,
        "jitter_ms": 1.0,
        "util_pct": 41.0,
        "wifi_clients": 126,
    }
    return made("net_health.link.minute_digest", link, at_ms, received_ms, **(figures | changes))


def effects(*events: LoggedEvent) -> list[Effect]:
    state = SYSTEM.initial()
    return [SYSTEM.apply(state, event) for event in events]


def test_every_declared_type_is_folded() -> None:
    state = SYSTEM.initial()
    for declared in EVENTS:
        SYSTEM.apply(state, made(declared.name.removesuffix(".v1"), "thing-1", local(9), **declared.sample))
    assert restored(SYSTEM, state) == state


def test_a_type_of_another_system_is_refused_and_changes_nothing() -> None:
    state = SYSTEM.initial()
    with pytest.raises(KeyError):
        SYSTEM.apply(state, made("canteen.temp.sampled", "s-1", local(9), zone="fridge", temp_c=4.0))
    assert state == SYSTEM.initial()


def test_an_event_without_a_required_field_leaves_the_state_as_it_was() -> None:
    state = SYSTEM.initial()
    broken = made("net_health.link.down", "link-1", local(9), cause="power")
    broken.data.clear()
    with pytest.raises(KeyError):
        SYSTEM.apply(state, broken)
    assert state == SYSTEM.initial()


def test_an_ordinary_minute_only_shows_that_the_link_is_alive() -> None:
    assert effects(digest(local(9)), digest(local(9, 1)), digest(local(9, 2)))[1:] == [Effect.ALIVE, Effect.ALIVE]


def test_a_leap_in_use_is_seen_at_once() -> None:
    assert effects(digest(local(9)), digest(local(9, 1), util_pct=62.0))[1] is Effect.VISIBLE


def test_the_first_minute_and_the_first_after_a_pause_ask_the_rules() -> None:
    assert effects(digest(local(9)), digest(local(9, 3))) == [Effect.JUDGE, Effect.JUDGE]


def test_an_older_minute_does_not_overwrite_a_newer_one() -> None:
    newer, older = digest(local(9, 5), wifi_clients=90), digest(local(9, 4), wifi_clients=10)
    assert effects(newer, older)[1] is Effect.ALIVE
    assert folded(SYSTEM, [newer, older]).links["link-1"].wifi_clients == 90


def test_a_late_good_minute_splits_a_run_of_bad_ones_and_asks_the_rules() -> None:
    state = folded(SYSTEM, [digest(local(9, minute), loss_pct=9.0) for minute in (1, 2, 4)])
    assert SYSTEM.apply(state, digest(local(9, 3))) is Effect.JUDGE
    assert begun_ms(state.links["link-1"].lossy) == local(9, 4)


def test_a_minute_without_any_answer_means_that_the_link_is_down() -> None:
    state = folded(SYSTEM, [digest(local(9), rtt_ms=400.0), digest(local(9, 1), loss_pct=100.0)])
    link = state.links["link-1"]
    assert begun_ms(link.down) == local(9, 1)
    assert begun_ms(link.slow) is None


def test_a_minute_with_traffic_ends_an_outage_whose_end_nobody_reported() -> None:
    down = made("net_health.link.down", "link-1", local(9), cause="fibre")
    assert begun_ms(folded(SYSTEM, [down, digest(local(9, 8))]).links["link-1"].down) is None


def test_access_points_are_counted_up_and_down() -> None:
    events = [made("net_health.ap.up", f"ap-{n}", local(7), clients=4) for n in range(3)]
    state = folded(SYSTEM, [*events, made("net_health.ap.down", "ap-1", local(8), cause="power")])
    summary = SYSTEM.summarise(state, local(8, 1))
    assert (summary.counts["access_points"], summary.counts["access_points_up"]) == (3, 2)
    assert (summary.devices_heard, summary.devices_silent) == (2, 1)


def test_the_summary_adds_up_the_links_that_carry_traffic() -> None:
    events = [
        digest(local(9), "link-1"),
        digest(local(9), "link-2", down_mbps=100.0, wifi_clients=1),
        digest(local(8, 50), "link-3"),
        made("net_health.link.down", "link-2", local(9, 1), cause="config"),
    ]
    summary = SYSTEM.summarise(folded(SYSTEM, events), local(9, 1))
    assert summary.counts == {
        "links": 3,
        "links_down": 1,
        "access_points": 0,
        "access_points_up": 0,
        "wifi_clients": 126,
        "down_mbps": 413,
        "up_mbps": 88,
    }
    assert (summary.devices_heard, summary.devices_silent) == (1, 2)


def test_repeated_and_older_reports_of_a_probe_change_nothing() -> None:
    newer = made("net_health.probe.failed", "probe-1", local(9, 1), target="dns.county.example", layer="dns")
    older = made("net_health.probe.failed", "probe-1", local(9), target="www.county.example", layer="http")
    assert effects(newer, older, newer) == [Effect.VISIBLE, Effect.NOTHING, Effect.NOTHING]


def test_maps_stay_within_their_capacity_and_drop_the_least_recent() -> None:
    links = [digest(local(9, n), f"link-{n}") for n in range(MAX_LINKS + 3)]
    points = [made("net_health.ap.up", f"ap-{n}", local(9) + n) for n in range(MAX_ACCESS_POINTS + 3)]
    state = folded(SYSTEM, links + points)
    assert len(state.links) == MAX_LINKS
    assert "link-0" not in state.links
    assert f"link-{MAX_LINKS + 2}" in state.links
    assert len(state.access_points) == MAX_ACCESS_POINTS


@st.composite
def mornings(draw: st.DrawFn) -> list[LoggedEvent]:
    """Half an hour of two links, two access points and a tested socket: one event per subject and minute."""
    events = []
    for minute in range(draw(st.integers(1, 25))):
        at_ms = local(8) + minute * MINUTE_MS
        for link in ("link-1", "link-2"):
            match draw(st.sampled_from(("digest", "bad", "dark", "down", "up", "none"))):
                case "digest":
                    events.append(digest(at_ms, link, wifi_clients=draw(st.integers(0, 300))))
                case "bad":
                    events.append(digest(at_ms, link, loss_pct=5.0, rtt_ms=draw(st.sampled_from((20.0, 300.0)))))
                case "dark":
                    events.append(digest(at_ms, link, loss_pct=100.0))
                case "down":
                    events.append(made("net_health.link.down", link, at_ms, cause="fibre"))
                case "up":
                    events.append(made("net_health.link.up", link, at_ms))
        if draw(st.booleans()):
            kind = draw(st.sampled_from(("ap.up", "ap.down")))
            events.append(
                made(f"net_health.{kind}", "ap-1", at_ms, **({"cause": "power"} if kind == "ap.down" else {}))
            )
        if draw(st.integers(0, 5)) == 0:
            rate = draw(st.sampled_from((950.0, 500.0)))
            tested = {"reach": "campus", "down_mbps": rate, "up_mbps": rate, "contract_mbps": 1000.0}
            events.append(made("net_health.bandwidth.tested", "link-1", at_ms, **tested))
    return events


@given(st.data(), mornings())
@settings(max_examples=60)
def test_any_order_and_any_repetition_of_a_morning_give_the_same_state(
    data: st.DataObject, morning: list[LoggedEvent]
) -> None:
    repeated = morning + data.draw(st.lists(st.sampled_from(morning), max_size=10)) if morning else []
    shuffled = data.draw(st.permutations(repeated))
    assert folded(SYSTEM, shuffled) == folded(SYSTEM, morning)
    assert silently_changed(SYSTEM, shuffled) == []

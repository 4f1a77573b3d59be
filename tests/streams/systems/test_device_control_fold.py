"""The fold of ``device_control``: devices, gateways, faults and commands, whatever the order of their reports."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.clock import MINUTE_MS, SECOND_MS
from schemas.frame import LoggedEvent
from schemas.systems.device_control import EVENTS
from streams.core.spell import begun_ms
from streams.core.system import Effect
from streams.systems.device_control import SYSTEM
from streams.systems.device_control.state import MAX_COMMANDS, MAX_DEVICES
from tests.streams.systems.driving import folded, local, made, restored, silently_changed


def beats(at_ms: int, *devices: str, edge: str = "edge-1", received_ms: int | None = None) -> LoggedEvent:
    return made(
        "device_control.devices.heartbeat_digest",
        edge,
        at_ms,
        received_ms,
        window_ms=15_000,
        interval_s=60,
        devices=devices,
    )


def effects(*events: LoggedEvent) -> list[Effect]:
    state = SYSTEM.initial()
    return [SYSTEM.apply(state, event) for event in events]


def test_every_declared_type_is_folded() -> None:
    state = SYSTEM.initial()
    for declared in EVENTS:
        SYSTEM.apply(state, made(declared.name.removesuffix(".v1"), "board-101", local(9), **declared.sample))
    assert restored(SYSTEM, state) == state


def test_a_type_of_another_system_is_refused_and_changes_nothing() -> None:
    state = SYSTEM.initial()
    with pytest.raises(KeyError):
        SYSTEM.apply(state, made("canteen.temp.sampled", "s-1", local(9), zone="fridge", temp_c=4.0))
    assert state == SYSTEM.initial()


def test_an_ordinary_beat_only_shows_that_devices_are_alive() -> None:
    heard = effects(*(beats(local(9, 0, 15 * n), "board-1", "board-2") for n in range(8)))
    assert heard == [Effect.JUDGE] + 7 * [Effect.ALIVE]


def test_a_beat_after_a_pause_asks_the_rules() -> None:
    quiet = [beats(local(9, minute), "board-2") for minute in (1, 2)]
    assert effects(beats(local(9), "board-1", "board-2"), *quiet, beats(local(9, 2, 30), "board-1"))[-1] is Effect.JUDGE


def test_a_gateway_that_paused_for_more_than_a_beat_and_a_half_asks_the_rules() -> None:
    """While it paused, the deadline of a device it does not hear may have passed unjudged."""
    first, second = beats(local(9), "board-1"), beats(local(9, 1), "board-1")
    assert effects(first, second, beats(local(9, 2, 31), "board-1"))[1:] == [Effect.ALIVE, Effect.JUDGE]


def test_a_beat_of_a_device_that_was_switched_off_asks_the_rules() -> None:
    off = made("device_control.device.power_off", "board-1", local(9, 0, 20), actor="local")
    assert effects(beats(local(9), "board-1"), off, beats(local(9, 0, 40), "board-1"))[-1] is Effect.JUDGE


def test_power_follows_the_newest_word() -> None:
    on = made("device_control.device.power_on", "board-1", local(9), actor="timer", kind="board")
    off = made("device_control.device.power_off", "board-1", local(8), actor="local")
    state = folded(SYSTEM, [on, off])
    assert begun_ms(state.devices["board-1"].powered) == local(9)
    assert SYSTEM.summarise(state, local(9, 1)).counts["devices_on"] == 1


def test_a_device_switched_off_in_order_is_off() -> None:
    on = made("device_control.device.power_on", "board-1", local(9), actor="timer")
    left = made("device_control.device.offline", "board-1", local(10), reason="switched_off")
    assert SYSTEM.summarise(folded(SYSTEM, [on, left]), local(10)).counts["devices_on"] == 0


def test_a_lost_connection_switches_nothing_off() -> None:
    on = made("device_control.device.power_on", "board-1", local(9), actor="timer")
    lost = made("device_control.device.offline", "board-1", local(10), reason="network")
    assert SYSTEM.summarise(folded(SYSTEM, [on, lost]), local(10)).counts["devices_on"] == 1


def test_a_repair_of_everything_also_ends_a_fault_reported_late() -> None:
    mended = made("device_control.device.repaired", "board-1", local(12))
    late = made("device_control.device.fault", "board-1", local(9), code="touch")
    after = made("device_control.device.fault", "board-1", local(13), code="fan")
    state = folded(SYSTEM, [mended, late, after])
    assert SYSTEM.summarise(state, local(13)).counts["devices_faulty"] == 1
    assert begun_ms(state.devices["board-1"].faults["touch"]) is None


def test_a_repair_of_one_fault_leaves_the_other() -> None:
    faults = [made("device_control.device.fault", "board-1", local(9), code=code) for code in ("touch", "fan")]
    mended = made("device_control.device.repaired", "board-1", local(10), code="fan")
    device = folded(SYSTEM, [*faults, mended]).devices["board-1"]
    assert (begun_ms(device.faults["touch"]), begun_ms(device.faults["fan"])) == (local(9), None)


def test_the_newest_hour_of_use_is_kept() -> None:
    hours = [
        made(
            "device_control.usage.hourly_digest",
            "board-1",
            local(hour + 1),
            hour_start_ms=local(hour),
            on_min=40.0 + hour,
            lessons_used=1,
            energy_kwh=0.2,
        )
        for hour in (9, 8)
    ]
    assert effects(*hours) == [Effect.ALIVE, Effect.NOTHING]
    assert folded(SYSTEM, hours).devices["board-1"].usage.on_min == 49.0


def test_the_summary_tells_heard_from_silent_and_misses_nobody_who_left() -> None:
    state = folded(
        SYSTEM,
        [
            beats(local(9), "board-1", "board-2", "board-3"),
            beats(local(9, 5), "board-1"),
            made("device_control.device.power_off", "board-2", local(9, 1), actor="timer"),
            made("device_control.device.power_on", "panel-1", local(8), actor="local"),
        ],
    )
    summary = SYSTEM.summarise(state, local(9, 5))
    assert (summary.devices_heard, summary.devices_silent) == (2, 2)
    assert summary.counts["devices"] == 4


COMMAND = {"command_id": "cmd-1", "verb": "power", "by_ref": "staff-1"}


def test_a_command_waits_from_authorisation_to_answer() -> None:
    state = folded(SYSTEM, [made("device_control.command.requested", "board-1", local(9), **COMMAND)])
    waiting = []
    for event in (
        made("device_control.command.authorised", "board-1", local(9, 1), **COMMAND),
        made("device_control.command.failed", "board-1", local(9, 2), command_id="cmd-1", reason="offline"),
    ):
        waiting.append(SYSTEM.summarise(state, local(9)).counts["commands_waiting"])
        SYSTEM.apply(state, event)
    assert [*waiting, SYSTEM.summarise(state, local(9)).counts["commands_waiting"]] == [0, 1, 0]


def test_a_second_authorisation_does_not_give_the_device_more_time() -> None:
    first, again = (made("device_control.command.authorised", "board-1", local(9, n), **COMMAND) for n in (0, 1))
    assert effects(first, again) == [Effect.JUDGE, Effect.NOTHING]


def test_maps_stay_within_their_capacity_and_drop_the_least_recent() -> None:
    many = [f"device-{n}" for n in range(MAX_DEVICES + 40)]
    state = folded(SYSTEM, [beats(local(9) + n * SECOND_MS, *many[n : n + 60]) for n in range(0, len(many), 60)])
    assert len(state.devices) == MAX_DEVICES
    assert many[-1] in state.devices
    assert many[0] not in state.devices
    commands = [
        made("device_control.command.acked", "board-1", local(9) + n, command_id=f"cmd-{n}")
        for n in range(MAX_COMMANDS + 5)
    ]
    assert len(folded(SYSTEM, commands).commands) == MAX_COMMANDS


ACTS: dict[str, dict[str, Any]] = {
    "device.power_on": {"actor": "local", "kind": "board"},
    "device.power_off": {"actor": "local"},
    "device.online": {"kind": "panel", "interval_s": 30},
    "device.offline": {"reason": "switched_off"},
    "device.fault": {"code": "touch"},
    "device.repaired": {"code": "touch"},
}
STEPS = ("beats", "beats", "command", "all repaired", *ACTS)


@st.composite
def mornings(draw: st.DrawFn) -> list[LoggedEvent]:
    """Twenty minutes of three devices behind two gateways: at most one event of a device an instant."""
    events = []
    for step in range(draw(st.integers(1, 24))):
        at_ms = local(8) + step * 50 * SECOND_MS
        device = draw(st.sampled_from(("board-1", "board-2", "panel-1")))
        kind = draw(st.sampled_from(STEPS))
        if kind == "beats":
            heard = draw(st.sets(st.sampled_from(("board-1", "panel-1")), min_size=1))
            events.append(beats(at_ms, *heard, edge=draw(st.sampled_from(("edge-1", "edge-2")))))
        elif kind == "command":
            command = COMMAND | {"command_id": f"cmd-{step}"}
            events.append(made("device_control.command.requested", device, at_ms, **command))
            events.append(made("device_control.command.authorised", device, at_ms + 1, **command))
            events.append(made("device_control.command.acked", device, at_ms + 2, command_id=f"cmd-{step}"))
        elif kind == "all repaired":
            events.append(made("device_control.device.repaired", device, at_ms))
        else:
            events.append(made(f"device_control.{kind}", device, at_ms, **ACTS[kind]))
    return events


@given(st.data(), mornings())
@settings(max_examples=100)
def test_any_order_and_any_repetition_of_a_morning_give_the_same_state(
    data: st.DataObject, morning: list[LoggedEvent]
) -> None:
    repeated = morning + data.draw(st.lists(st.sampled_from(morning), max_size=10))
    shuffled = data.draw(st.permutations(repeated))
    assert folded(SYSTEM, shuffled) == folded(SYSTEM, morning)
    assert silently_changed(SYSTEM, shuffled) == []


def test_a_gateways_presence_survives_a_way_through_storage() -> None:
    state = folded(SYSTEM, [beats(local(9), "board-1"), beats(local(9) + 30 * MINUTE_MS, "board-1")])
    assert restored(SYSTEM, state).edges["edge-1"].presence.stretches == [[local(9)] * 2, [local(9, 30)] * 2]

"""The rule book of ``device_control``: each rule at its deadline, before it, and after its end."""

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from schemas.frame import LoggedEvent
from streams.systems.device_control import SYSTEM
from tests.streams.systems.driving import (
    folded,
    found,
    holds,
    local,
    made,
    verdicts_at_every,
    verdicts_when_due,
    withdraws,
)


def beats(at_ms: int, *devices: str, received_ms: int | None = None) -> LoggedEvent:
    return made(
        "device_control.devices.heartbeat_digest",
        "edge-1",
        at_ms,
        received_ms,
        window_ms=15_000,
        interval_s=60,
        devices=devices,
    )


def power_on(at_ms: int, device: str = "board-1", kind: str = "board", received_ms: int | None = None) -> LoggedEvent:
    return made("device_control.device.power_on", device, at_ms, received_ms, actor="local", kind=kind)


def power_off(at_ms: int, device: str = "board-1", received_ms: int | None = None) -> LoggedEvent:
    return made("device_control.device.power_off", device, at_ms, received_ms, actor="local")


def command(step: str, at_ms: int, received_ms: int | None = None, **more: str) -> LoggedEvent:
    asked = {"verb": "power", "by_ref": "staff-1"} if step in {"requested", "authorised"} else {}
    return made(f"device_control.command.{step}", "board-1", at_ms, received_ms, command_id="cmd-1", **asked, **more)


def test_a_board_on_since_the_day_is_found_at_ten_at_night_and_not_before() -> None:
    on = power_on(local(14))
    state = folded(SYSTEM, [on])
    assert not holds(SYSTEM, "on_after_hours", state, local(22) - 1)
    [finding] = found(SYSTEM, "on_after_hours", state, local(22))
    assert (finding.subject, finding.since_ms, finding.causes) == ("board-1", local(22), (on.id,))
    assert holds(SYSTEM, "on_after_hours", state, local(30) - 1)
    assert not holds(SYSTEM, "on_after_hours", state, local(30))


def test_a_board_switched_on_at_night_is_found_from_then() -> None:
    assert [f.since_ms for f in found(SYSTEM, "on_after_hours", folded(SYSTEM, [power_on(local(23))]), local(23))] == [
        local(23)
    ]


def test_a_board_switched_off_in_time_or_a_recorder_is_not_found_at_night() -> None:
    assert not holds(SYSTEM, "on_after_hours", folded(SYSTEM, [power_on(local(14)), power_off(local(21))]), local(23))
    assert not holds(SYSTEM, "on_after_hours", folded(SYSTEM, [power_on(local(14), kind="recorder")]), local(23))


def test_a_fault_is_stuck_after_two_days_and_ends_with_its_repair() -> None:
    fault = made("device_control.device.fault", "board-1", local(9), code="lamp")
    state = folded(SYSTEM, [fault])
    assert not holds(SYSTEM, "fault_stuck", state, local(9) + 48 * HOUR_MS - 1)
    [finding] = found(SYSTEM, "fault_stuck", state, local(9) + 48 * HOUR_MS)
    assert (finding.subject, finding.since_ms, finding.causes) == ("board-1:lamp", local(9), (fault.id,))
    mended = folded(SYSTEM, [fault, made("device_control.device.repaired", "board-1", local(60), code="lamp")])
    assert not holds(SYSTEM, "fault_stuck", mended, local(61))
    assert not withdraws(SYSTEM, "fault_stuck", finding, mended)


def test_a_command_without_answer_is_found_when_its_time_is_up() -> None:
    sent = command("authorised", local(9))
    state = folded(SYSTEM, [command("requested", local(8, 59)), sent])
    assert not holds(SYSTEM, "command_unacked", state, local(9, 0, 29.999))
    [finding] = found(SYSTEM, "command_unacked", state, local(9, 0, 30))
    assert (finding.subject, finding.causes) == ("cmd-1", (sent.id,))
    assert not holds(SYSTEM, "command_unacked", state, local(10, 0, 30))


def test_a_command_that_nobody_authorised_is_not_missed() -> None:
    assert not holds(SYSTEM, "command_unacked", folded(SYSTEM, [command("requested", local(9))]), local(9, 5))


def test_an_answer_in_time_withdraws_and_a_late_one_clears() -> None:
    sent = command("authorised", local(9))
    [finding] = found(SYSTEM, "command_unacked", folded(SYSTEM, [sent]), local(9, 1))
    for answer, in_time in (
        (command("acked", local(9, 0, 20)), True),
        (command("failed", local(9, 0, 20), reason="refused"), True),
        (command("acked", local(9, 0, 50)), False),
    ):
        state = folded(SYSTEM, [sent, answer])
        assert not holds(SYSTEM, "command_unacked", state, local(9, 1))
        assert withdraws(SYSTEM, "command_unacked", finding, state) is in_time


def test_a_device_that_its_gateway_no_longer_hears_is_found_after_three_beats() -> None:
    heard = [beats(local(9, minute), "board-2", *(("board-1",) if minute == 0 else ())) for minute in range(4)]
    state = folded(SYSTEM, heard)
    assert not holds(SYSTEM, "device_offline", state, local(9, 3) - 1)
    [finding] = found(SYSTEM, "device_offline", state, local(9, 3))
    assert (finding.subject, finding.since_ms) == ("board-1", local(9, 3))
    assert not holds(SYSTEM, "edge_silent", state, local(9, 3))


def test_a_silent_gateway_is_one_finding_and_not_one_for_each_of_its_devices() -> None:
    state = folded(SYSTEM, [beats(local(9), "board-1", "board-2"), beats(local(9, 0, 15), "board-3", "board-4")])
    assert not holds(SYSTEM, "edge_silent", state, local(9, 3, 15) - 1)
    [finding] = found(SYSTEM, "edge_silent", state, local(9, 3, 15))
    assert (finding.subject, finding.detail) == ("edge-1", {"devices": 4})
    assert not holds(SYSTEM, "device_offline", state, local(12))


def test_after_a_gateways_return_its_devices_are_given_their_time_afresh() -> None:
    back = [beats(local(10, minute), "board-2") for minute in range(4)]
    state = folded(SYSTEM, [beats(local(9), "board-1", "board-2"), *back])
    assert not holds(SYSTEM, "device_offline", state, local(10, 3) - 1)
    assert [f.subject for f in found(SYSTEM, "device_offline", state, local(10, 3))] == ["board-1"]


def test_a_device_switched_off_is_not_missed() -> None:
    heard = [beats(local(9, minute), "board-2", *(("board-1",) if minute == 0 else ())) for minute in range(5)]
    assert not holds(SYSTEM, "device_offline", folded(SYSTEM, [*heard, power_off(local(9, 1))]), local(9, 4))


def test_a_device_without_a_gateway_is_missed_by_its_own_interval() -> None:
    state = folded(SYSTEM, [made("device_control.device.online", "sensor-1", local(9), kind="sensor", interval_s=10)])
    assert not holds(SYSTEM, "device_offline", state, local(9, 0, 30) - 1)
    assert holds(SYSTEM, "device_offline", state, local(9, 0, 30))
    assert not holds(SYSTEM, "device_offline", state, local(9) + 30 * DAY_MS)


HEARD = (("board-1", "board-2", "panel-1"), ("board-2", "panel-1"), ("board-1",), ())
ACTS = ("power_on", "power_off", "online", "authorised", "acked", "nothing")


def act(kind: str, at_ms: int, received_ms: int) -> list[LoggedEvent]:
    match kind:
        case "power_on":
            return [power_on(at_ms, received_ms=received_ms)]
        case "power_off":
            return [power_off(at_ms, received_ms=received_ms)]
        case "online":
            online = {"kind": "board", "interval_s": 30}
            return [made("device_control.device.online", "board-9", at_ms, received_ms, **online)]
        case "nothing":
            return []
        case step:
            return [command(step, at_ms, received_ms)]


@st.composite
def arrivals(draw: st.DrawFn) -> list[LoggedEvent]:
    """An evening in phases: one gateway hears all, some or none of its devices; some reports are late."""
    events = []
    at_ms = local(21, 50)
    for _ in range(draw(st.integers(1, 6))):
        devices = draw(st.sampled_from(HEARD))
        for _ in range(draw(st.integers(1, 14))):
            at_ms += draw(st.sampled_from((15, 20, 30))) * SECOND_MS
            received_ms = at_ms + draw(st.sampled_from((0, 0, 0, 0, 1, 20, 200))) * SECOND_MS
            events += [beats(at_ms, *devices, received_ms=received_ms)] if devices else []
        events += act(draw(st.sampled_from(ACTS)), at_ms + SECOND_MS, at_ms + SECOND_MS)
    return sorted(events, key=lambda event: event.receivedms)


@given(arrivals())
@settings(max_examples=60)
def test_judging_when_due_finds_what_judging_every_second_finds(events: list[LoggedEvent]) -> None:
    instants = range(local(21, 50), local(21, 50) + 50 * MINUTE_MS, SECOND_MS)
    every = verdicts_at_every(SYSTEM, events, instants)
    for now_ms, always, lazily in zip(instants, every, verdicts_when_due(SYSTEM, events, instants), strict=True):
        assert lazily == always, now_ms

"""Judging ``canteen`` only when a fold asks or a deadline has come finds what judging all the time finds."""

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.clock import MINUTE_MS
from schemas.frame import LoggedEvent
from streams.systems.canteen import SYSTEM
from tests.streams.systems.driving import local, verdicts_at_every, verdicts_when_due
from tests.streams.systems.kitchen_day import accompanied, count, morning_check, of_dish, plan, reading, sample


def what_people_report(draw: st.DrawFn, at_ms: int, received_ms: int) -> LoggedEvent:
    choices = (
        plan(at_ms, received_ms, planned_heads=draw(st.sampled_from((300, 400)))),
        plan(at_ms, received_ms, cancelled=True),
        of_dish("dish.cooked", at_ms, received_ms, name="红烧肉", core_temp_c=draw(st.sampled_from((60.0, 90.0)))),
        of_dish("dish.served", at_ms, received_ms),
        sample(at_ms, draw(st.sampled_from((90.0, 150.0))), received_ms),
        of_dish("sample.disposed", at_ms, received_ms, by_ref="staff-1"),
        morning_check(at_ms, received_ms),
        accompanied(at_ms, received_ms),
        count(at_ms, draw(st.sampled_from((200, 350, 500))), received_ms),
    )
    return draw(st.sampled_from(choices))


@st.composite
def arrivals(draw: st.DrawFn) -> list[LoggedEvent]:
    """One kitchen's day by the minute: a sensor in phases of cold, warm and silent; people report when they do."""
    events = [plan()] if draw(st.booleans()) else []
    at_ms = local(5)
    for _ in range(draw(st.integers(1, 6))):
        temp_c = draw(st.sampled_from((-20.0, -20.0, -5.0, None)))
        for _ in range(draw(st.integers(1, 8))):
            at_ms += draw(st.sampled_from((3, 4, 5))) * MINUTE_MS
            received_ms = at_ms + draw(st.sampled_from((0, 0, 0, 0, 1, 12, 180))) * MINUTE_MS
            events += [] if temp_c is None else [reading(at_ms, temp_c, received_ms=received_ms)]
        reported_ms = local(5) + draw(st.integers(0, 600)) * MINUTE_MS
        late_ms = draw(st.sampled_from((0, 0, 5, 15, 180))) * MINUTE_MS
        events.append(what_people_report(draw, reported_ms, reported_ms + late_ms))
    return sorted(events, key=lambda event: event.receivedms)


@given(arrivals())
@settings(max_examples=60)
def test_judging_when_due_finds_what_judging_every_minute_finds(events: list[LoggedEvent]) -> None:
    instants = range(local(5), local(18), MINUTE_MS)
    every = verdicts_at_every(SYSTEM, events, instants)
    for now_ms, always, lazily in zip(instants, every, verdicts_when_due(SYSTEM, events, instants), strict=True):
        assert lazily == always, now_ms

"""What a school bus may not say."""

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.events import Classification, EventType
from schemas.ids import EventTypeName
from schemas.systems import catalogue
from schemas.systems.school_bus import EVENTS

SYSTEM = "school_bus"


def declared(name: str) -> EventType:
    return catalogue()[EventTypeName(f"{SYSTEM}.{name}.v1")]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
def test_every_sample_is_strictly_valid_json_of_its_type(event: EventType) -> None:
    model = event.data.model_validate(event.sample, strict=False)
    assert event.data.model_validate_json(model.model_dump_json()) == model


NONSENSE: list[tuple[str, dict[str, Any]]] = [
    ("position.reported", {"latitude_deg": 90.1}),
    ("position.reported", {"longitude_deg": -180.1}),
    ("position.reported", {"speed_kmh": 200.1}),
    ("position.reported", {"speed_kmh": -0.1}),
    ("position.reported", {"bearing_deg": 360.0}),
    ("position.reported", {"speed_kmh": "31.4"}),
    ("position.reported", {"speed_kmh": float("nan")}),
    ("position.reported", {"pupils": 3}),
    ("trip.planned", {"planned_end_ms": 1_795_474_200_000}),
    ("trip.planned", {"planned_start_ms": 1_795_474_200}),
    ("trip.planned", {"stop_planned_ms": [1_795_474_200_000]}),
    ("trip.planned", {"direction": "sideways"}),
    ("pupil.boarded", {"pupil_token": "张三"}),
    ("pupil.boarded", {"pupil_token": "short"}),
    ("pupil.boarded", {"method": "iris"}),
    ("count.reconciled", {"onboard": -1}),
    ("count.reconciled", {"seats": 0}),
    ("stop.departed", {"dwell_s": -1}),
    ("route.deviated", {"reason": "driver felt like it"}),
    ("alarm.raised", {"kind": "boredom"}),
    ("trip.started", {"trip_id": "with space"}),
]


@pytest.mark.parametrize(("name", "change"), NONSENSE)
def test_nonsense_is_refused(name: str, change: dict[str, Any]) -> None:
    event = declared(name)
    with pytest.raises(ValidationError):
        event.data.model_validate(event.sample | change)


def test_a_plan_without_stops_is_accepted() -> None:
    event = declared("trip.planned")
    sample = {name: content for name, content in event.sample.items() if not name.startswith("stop_")}
    event.data.model_validate(sample, strict=False)


def test_whatever_concerns_a_pupil_is_marked_as_a_minors_and_tracks_as_sensitive() -> None:
    by_class = {event.name: event.classification for event in EVENTS}
    assert {name for name, mark in by_class.items() if mark is Classification.MINOR} == {
        "school_bus.pupil.boarded.v1",
        "school_bus.pupil.alighted.v1",
    }
    assert by_class[EventTypeName("school_bus.position.reported.v1")] is Classification.SENSITIVE

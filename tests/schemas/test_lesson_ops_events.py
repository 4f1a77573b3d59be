"""What a classroom may not say."""

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.events import EventType
from schemas.ids import EventTypeName
from schemas.systems import catalogue
from schemas.systems.lesson_ops import EVENTS, MAX_PERIODS

DAY_MS = 1_795_449_600_000


def declared(name: str) -> EventType:
    return catalogue()[EventTypeName(f"lesson_ops.{name}.v1")]


def period(number: int) -> dict[str, Any]:
    return {"period": number, "course": "chinese", "start_ms": DAY_MS, "end_ms": DAY_MS + 1}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
def test_every_sample_is_strictly_valid_json_of_its_type(event: EventType) -> None:
    model = event.data.model_validate(event.sample, strict=False)
    assert event.data.model_validate_json(model.model_dump_json()) == model


NONSENSE: list[tuple[str, dict[str, Any]]] = [
    ("timetable.published", {"periods": [period(1), period(1)]}),
    ("timetable.published", {"periods": [period(MAX_PERIODS + 1)]}),
    ("timetable.published", {"periods": [period(1) | {"end_ms": DAY_MS}]}),
    ("timetable.published", {"periods": [period(1) | {"room": "3-2"}]}),
    ("timetable.published", {"day_ms": DAY_MS + 1}),
    ("lesson.started", {"period": 0}),
    ("lesson.started", {"kind": "telepathy"}),
    ("lesson.started", {"teacher_ref": "王老师"}),
    ("lesson.ended", {"pupils_present": 201}),
    ("lesson.cancelled", {"reason": ""}),
    ("session.scheduled", {"planned_end_ms": 1_795_500_000_000}),
    ("session.quality", {"mos": 0.9}),
    ("session.quality", {"loss_pct": 100.1}),
    ("session.quality", {"fps": float("inf")}),
    ("visit.planned", {"due_ms": 1_795_482_600}),
]


@pytest.mark.parametrize(("name", "change"), NONSENSE)
def test_nonsense_is_refused(name: str, change: dict[str, Any]) -> None:
    event = declared(name)
    with pytest.raises(ValidationError):
        event.data.model_validate(event.sample | change, strict=False)


def test_a_day_without_lessons_is_a_timetable_too() -> None:
    declared("timetable.published").data.model_validate({"day_ms": DAY_MS, "periods": []})

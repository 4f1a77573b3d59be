"""Old versions of an event are read as the newest, step by step, and what was stored stays as it is."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas.frame import LoggedEvent
from schemas.upcasting import Upcasts, declared_upcasts, upcast

SAMPLES = Path(__file__).parent / "upcasting_samples"


def named(data: dict[str, Any]) -> dict[str, Any]:
    """v1 said ``degrees``, v2 says in which unit."""
    rest = {key: value for key, value in data.items() if key != "degrees"}
    return rest | {"temp_c": data["degrees"]}


def zoned(data: dict[str, Any]) -> dict[str, Any]:
    """v3 asks for the zone, which older devices did not know."""
    return {"zone": "unknown"} | data


STEPS = Upcasts((upcast("probe.read.v1", "probe.read.v2", named), upcast("probe.read.v2", "probe.read.v3", zoned)))


def stored(version: int) -> LoggedEvent:
    raw = (SAMPLES / f"probe.read.v{version}.json").read_bytes()
    return msgspec.json.decode(raw, type=LoggedEvent, strict=False)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_stored_sample_of_each_version_reads_as_the_newest(version: int) -> None:
    event = STEPS(stored(version))
    assert event.type == "probe.read.v3"
    assert event.data == {"temp_c": -18.5, "zone": "unknown" if version < 3 else "freezer"}


def test_everything_but_type_and_data_stays() -> None:
    old, new = stored(1), STEPS(stored(1))
    kept = {name for name in LoggedEvent.__struct_fields__ if getattr(old, name) == getattr(new, name)}
    assert set(LoggedEvent.__struct_fields__) - kept == {"type", "data"}
    assert json.loads((SAMPLES / "probe.read.v1.json").read_bytes())["data"] == {"degrees": -18.5}


def test_the_newest_version_is_passed_on_untouched() -> None:
    event = stored(3)
    assert STEPS(event) is event
    assert Upcasts()(event) is event


def test_a_query_for_the_newest_type_asks_for_the_older_ones_too() -> None:
    assert STEPS.versions_of("probe.read.v3") == ("probe.read.v3", "probe.read.v1", "probe.read.v2")
    assert STEPS.versions_of("probe.read.v2") == ("probe.read.v2", "probe.read.v1")
    assert STEPS.versions_of("other.read.v1") == ("other.read.v1",)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("probe.read.v2", "probe.read.v1"),
        ("probe.read.v1", "probe.read.v1"),
        ("probe.read.v1", "probe.told.v2"),
        ("probe.read", "probe.read.v2"),
    ],
)
def test_a_step_leads_to_a_later_version_of_the_same_type(older: str, newer: str) -> None:
    with pytest.raises(ValueError, match=r"no step|does not end"):
        upcast(older, newer, named)


def test_two_steps_from_one_version_are_refused() -> None:
    step = upcast("probe.read.v1", "probe.read.v2", named)
    with pytest.raises(ValueError, match="two steps"):
        Upcasts((step, step))


def test_the_steps_of_the_systems_fit_together() -> None:
    steps = declared_upcasts().steps
    assert all(step.older == older for older, step in steps.items())


@pytest.mark.parametrize("version", [1, 2])
def test_old_words_are_restated_beside_themselves(version: int) -> None:
    event = stored(version)
    assert event.type in STEPS.older
    told = json.loads(STEPS.restated(event.type, msgspec.json.encode(event.data)))
    assert told == {"type": "probe.read.v3", "data": {"temp_c": -18.5, "zone": "unknown"}}
    assert stored(3).type not in STEPS.older


@pytest.mark.parametrize("data", [b'{"other":1}', b"[]", b"", b"\xff"])
def test_data_that_a_step_cannot_read_are_restated_as_null(data: bytes) -> None:
    assert STEPS.restated("probe.read.v1", data) == b"null"

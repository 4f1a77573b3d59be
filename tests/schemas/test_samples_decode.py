"""A stored sample of every type and version must decode for ever: by the contract, and as the log's readers see it."""

from pathlib import Path

import orjson
import pytest

from deploy.schema_files import SAMPLES_DIR
from schemas.envelope import event_adapter
from schemas.frame import decode_frame, join_frame, stamp
from schemas.systems import catalogue

SAMPLES = sorted(SAMPLES_DIR.glob("*.json"))


def test_every_type_has_its_sample() -> None:
    assert {path.stem for path in SAMPLES} >= set(catalogue())


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_stored_sample_decodes_by_the_contract(path: Path) -> None:
    event = event_adapter().validate_json(path.read_bytes())
    assert event.type == path.stem


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_stored_sample_decodes_from_a_frame(path: Path) -> None:
    raw = path.read_bytes().strip()
    (logged,) = decode_frame(join_frame([stamp(raw, 1_788_217_500_000, 1_788_217_500_250)]))
    sample = orjson.loads(raw)
    assert (logged.type, logged.subject, logged.data) == (sample["type"], sample["subject"], sample["data"])
    assert (logged.sequence, logged.bootid) == (1, 1)
    assert (logged.occurredms, logged.receivedms) == (1_788_217_500_000, 1_788_217_500_250)

"""The exported schemas are those of the models, valid JSON Schema, and a change that breaks one is refused."""

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from deploy.cli.schema import command
from deploy.schema_files import SAMPLES_DIR, SCHEMAS_DIR, broken_promises, difference_of, export
from schemas.compatibility import Level
from schemas.errors import DataFaultError
from schemas.export import sample_texts, schema_texts
from schemas.systems import catalogue


def test_exported_files_are_up_to_date() -> None:
    assert not difference_of(SCHEMAS_DIR, schema_texts()), "run: campanile schema export"


def test_no_published_version_was_changed_incompatibly() -> None:
    assert broken_promises(Level.BACKWARD) == {}


@pytest.mark.parametrize("name", list(schema_texts()))
def test_every_exported_schema_is_valid_and_accepts_the_sample_of_its_type(name: str) -> None:
    schema = orjson.loads((SCHEMAS_DIR / name).read_bytes())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(orjson.loads((SAMPLES_DIR / name).read_bytes()))


def test_a_second_export_writes_nothing(tmp_path: Path) -> None:
    assert len(export(tmp_path / "exported", tmp_path / "samples")) == 2 * len(catalogue())
    assert export(tmp_path / "exported", tmp_path / "samples") == []


def test_a_stored_sample_is_never_written_over(tmp_path: Path) -> None:
    export(tmp_path / "exported", tmp_path / "samples")
    kept = tmp_path / "samples" / next(iter(sample_texts()))
    kept.write_text("{}", encoding="utf-8")
    assert export(tmp_path / "exported", tmp_path / "samples") == []
    assert kept.read_text(encoding="utf-8") == "{}"


def test_missing_stale_and_orphaned_files_are_named(tmp_path: Path) -> None:
    for name in ("b.json", "c.json"):
        (tmp_path / name).write_text("old", encoding="utf-8")
    difference = difference_of(tmp_path, {"a.json": "new", "b.json": "new"})
    assert (difference.missing, difference.stale, difference.orphaned) == (("a.json",), ("b.json",), ("c.json",))


def test_a_model_that_asks_for_more_than_its_published_schema_is_refused(tmp_path: Path) -> None:
    export(tmp_path / "exported", tmp_path / "samples")
    file = tmp_path / "exported" / "canteen.temp.sampled.v1.json"
    published = orjson.loads(file.read_bytes())
    published["$defs"]["TempSampled"]["required"] = []
    file.write_bytes(orjson.dumps(published))
    (problem,) = broken_promises(Level.BACKWARD, tmp_path / "exported")["canteen.temp.sampled.v1"][:1]
    assert str(problem).startswith("BACKWARD  data.")
    assert problem.objection.what == "required field added"


def test_the_command_says_when_exported_files_are_stale(tmp_path: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(command, ["export", "--to", str(tmp_path)]).exit_code == 0
    assert runner.invoke(command, ["export", "--check", "--to", str(tmp_path)]).exit_code == 0
    next((tmp_path / "exported").glob("*.json")).unlink()
    assert isinstance(runner.invoke(command, ["export", "--check", "--to", str(tmp_path)]).exception, DataFaultError)

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.cli.main import cli
from deploy.registry_reader import read_organisation
from schemas.errors import UnreachableError

pytestmark = pytest.mark.engine

FACTS = [
    {"kind": "area", "area_id": "421122", "level": "county", "name": "红安县"},
    {
        "kind": "campus", "campus_id": "c-1", "name": "城关小学", "area_id": "421122", "stage": "primary",
        "longitude_deg": 114.6, "latitude_deg": 31.3,
    },
]  # fmt: skip
Run = Callable[..., Result]


@pytest.fixture
def run(kafka_bootstrap: str, prefix: str, tmp_path: Path) -> Run:
    environment = {
        "CAMPANILE_KAFKA__BOOTSTRAP": kafka_bootstrap,
        "CAMPANILE_PREFIX": prefix,
        "CAMPANILE_PARTITIONS": "4",
        "CAMPANILE_DATA_DIR": str(tmp_path),
    }
    return lambda *arguments: CliRunner().invoke(cli, [str(part) for part in arguments], env=environment)


def test_organisation_is_planned_then_applied_then_the_same(
    run: Run, kafka_bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    file = tmp_path / "county.json"
    file.write_text(json.dumps(FACTS), encoding="utf-8")

    planned = run("org", "apply", file, "--dry-run")
    assert planned.stdout.splitlines() == ["+ area/421122", "+ campus/c-1", "+2 ~0 =0"]
    assert list(read_organisation(kafka_bootstrap, prefix).facts()) == []

    assert run("org", "apply", file, "--yes").exit_code == 0
    assert run("org", "apply", file, "--yes").stdout.splitlines()[-1] == "+0 ~0 =2"
    shown = [json.loads(line) for line in run("org", "show").stdout.splitlines()]
    assert [fact["kind"] for fact in shown] == ["area", "campus"]


def test_token_is_issued_listed_and_revoked(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "county.json"
    file.write_text(json.dumps(FACTS), encoding="utf-8")
    run("org", "apply", file, "--yes")

    issued = run("token", "issue", "viewer", "--role", "principal", "--scope", "campus:c-1")
    token_id = issued.stdout.split("_")[1]
    assert run("token", "revoke", token_id, "--yes").exit_code == 0

    (row,) = [json.loads(line) for line in run("token", "list", "--json").stdout.splitlines()]
    assert (row["token_id"], row["may"], row["revoked"]) == (token_id, "principal @ campus:c-1", True)


def test_topics_are_planned_and_applied_with_exit_codes(run: Run) -> None:
    assert run("topics", "plan").exit_code == 0
    assert run("topics", "apply", "--yes").exit_code == 0


def test_tail_of_an_empty_log_is_empty(run: Run) -> None:
    done = run("events", "tail", "--since", "start", "--no-follow")
    assert (done.exit_code, done.stdout) == (0, "")


def test_kafka_that_does_not_answer_is_said_so() -> None:
    done = CliRunner().invoke(cli, ["org", "show"], env={"CAMPANILE_KAFKA__BOOTSTRAP": "127.0.0.1:9"})
    assert isinstance(done.exception, UnreachableError)

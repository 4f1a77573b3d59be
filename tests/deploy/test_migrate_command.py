"""`campanile migrate` as a person or a script uses it."""

import json
import os
import subprocess
import sys

import pytest

from streams.archive.settings import StoreSettings

pytestmark = pytest.mark.engine


def campanile(store: StoreSettings, *arguments: str) -> tuple[int, str, str]:
    environment = os.environ | {
        "CAMPANILE_STORE__HOST": "127.0.0.1",
        "CAMPANILE_STORE__PORT": str(store.port),
        "CAMPANILE_STORE__DATABASE": store.database,
        "CAMPANILE_STORE__PASSWORD": store.password.get_secret_value(),
    }
    command = [sys.executable, "-m", "deploy.cli", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def test_plan_apply_and_status_follow_one_another(empty_database: StoreSettings) -> None:
    code, out, _ = campanile(empty_database, "migrate", "plan")
    assert code == 1
    assert "+ 0001_frames" in out
    code, out, said = campanile(empty_database, "migrate", "apply", "--yes")
    assert code == 0
    assert "+ 0001_frames" in said
    assert "0001" not in out
    assert campanile(empty_database, "migrate", "plan", "--json")[:2] == (0, "[]\n")
    code, out, _ = campanile(empty_database, "migrate", "status", "--json")
    assert code == 0
    assert {line["status"] for line in json.loads(out)} == {"completed"}


def test_a_store_that_is_away_is_said_so_and_has_its_own_exit_code(empty_database: StoreSettings) -> None:
    nowhere = empty_database.model_copy(update={"port": 1})
    code, _, said = campanile(nowhere, "migrate", "apply", "--yes", "--wait", "0")
    assert code == 4
    assert "CAMP-420" in said

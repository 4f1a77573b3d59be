import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from click import Context, Group
from click.testing import CliRunner

from deploy.cli.main import COMMANDS, cli

ROOT = Path(__file__).parent.parent.parent
LIGHT = {"click", "deploy", "schemas"}
"""What help may load beside the standard library: everything else takes longer than a person notices."""
EXAMPLE = re.compile(r"(CAMPANILE_\w+=\S+ )*campanile ")

HELP_OF_EVERYTHING = """
import sys, json
from click import Context
from deploy.cli.main import cli, COMMANDS

def help_of(command, name, parent):
    context = Context(command, info_name=name, parent=parent)
    command.get_help(context)
    for child in getattr(command, "list_commands", lambda _: [])(context):
        help_of(command.get_command(context, child), child, context)

before = set(sys.modules)
help_of(cli, "campanile", None)
print(json.dumps(sorted({name.partition(".")[0] for name in set(sys.modules) - before} - sys.stdlib_module_names)))
"""


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CAMPANILE_")}
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", *arguments],
        env=clean | environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_help_of_every_command_loads_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HELP_OF_EVERYTHING], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert set(json.loads(done.stdout)) <= LIGHT


def _paths(group: Group, *before: str) -> Iterator[tuple[str, ...]]:
    context = Context(group, info_name="campanile")
    for name in group.list_commands(context):
        yield (*before, name)
        child = group.get_command(context, name)
        if isinstance(child, Group):
            yield from _paths(child, *before, name)


def test_help_of_every_command_and_subcommand_begins_with_an_example() -> None:
    paths = list(_paths(cli))
    helps = {path: CliRunner().invoke(cli, [*path, "--help"]).output for path in paths}
    after_usage = {path: text.partition("\n\n")[2].strip() for path, text in helps.items()}
    assert ("token", "issue", "source") in paths
    assert [path for path, text in after_usage.items() if not EXAMPLE.match(text)] == []


def test_list_of_subcommands_says_what_they_do_and_not_how_they_are_called() -> None:
    shown = CliRunner().invoke(cli, ["topics", "--help"]).output.partition("Commands:")[2]
    assert "Show what `apply` would do" in shown
    assert "campanile" not in shown


def test_root_help_lists_every_command_and_the_exit_codes() -> None:
    root = CliRunner().invoke(cli, ["--help"]).output
    assert [name for name in COMMANDS if name not in root] == []
    assert "Exit codes: 0 ok" in root


def test_unknown_command_is_answered_with_the_nearest() -> None:
    done = run("stauts")
    assert done.returncode == 2
    assert "Did you mean 'status'?" in done.stderr
    assert done.stdout == ""


def test_command_without_a_deployment_says_why_and_what_next_and_exits_with_4(tmp_path: Path) -> None:
    done = run("status", CAMPANILE_DATA_DIR=str(tmp_path))
    assert done.returncode == 4
    assert done.stdout == ""
    assert "CAMP-400" in done.stderr
    assert "campanile up" in done.stderr
    assert "Traceback" not in done.stderr


def test_debug_shows_the_trace(tmp_path: Path) -> None:
    done = run("--debug", "status", CAMPANILE_DATA_DIR=str(tmp_path))
    assert "Traceback" in done.stderr


def test_wrong_setting_exits_with_3_and_names_it() -> None:
    done = run("config", "show", CAMPANILE_PARTITIONS="many")
    assert done.returncode == 3
    assert "partitions" in done.stderr


def test_unknown_variable_is_named_with_the_nearest_known_one() -> None:
    done = run("config", "show", CAMPANILE_PARTITION="3")
    assert done.returncode == 0
    assert "did you mean CAMPANILE_PARTITIONS?" in done.stderr


def test_config_shows_values_and_sources_and_masks_secrets(tmp_path: Path) -> None:
    settings_file = tmp_path / "campanile.toml"
    settings_file.write_text("partitions = 12\nprefix = 'file-'\n", encoding="utf-8")
    secret = tmp_path / "password"
    secret.write_text("open sesame\n", encoding="utf-8")
    done = run(
        "--config", str(settings_file), "config", "show", "--json",
        CAMPANILE_PREFIX="env-", CAMPANILE_STORE__PASSWORD_FILE=str(secret),
    )  # fmt: skip
    shown = json.loads(done.stdout)
    assert (shown["partitions"]["value"], shown["partitions"]["source"]) == ("12", "file")
    assert (shown["prefix"]["value"], shown["prefix"]["source"]) == ("env-", "env CAMPANILE_PREFIX")
    assert shown["store.password"]["value"] == "********"
    assert "sesame" not in done.stdout + done.stderr
    assert shown["gateway.port"]["source"] == "default"


def test_settings_file_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    settings_file = tmp_path / "campanile.toml"
    settings_file.write_text("partitoins = 12\n", encoding="utf-8")
    done = run("--config", str(settings_file), "config", "show")
    assert done.returncode == 3
    assert "partitoins" in done.stderr


def test_settings_file_that_is_not_there_is_an_error_and_not_the_defaults(tmp_path: Path) -> None:
    done = run("--config", str(tmp_path / "absent.toml"), "config", "show")
    assert done.returncode == 3
    assert "absent.toml" in done.stderr

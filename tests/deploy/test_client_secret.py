"""The secret that an identity provider shares with us: from a file into the process that needs it, and nowhere else."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from api.identity.settings import IdentitySettings, OidcSettings
from deploy.cli.config import command
from deploy.configuration.loading import load_settings
from deploy.configuration.settings import Settings
from deploy.supervisor.environment import environment_of, secret_files
from schemas.errors import ConfigurationError

SECRET = "a lantern in the valley"
VARIABLE = "CAMPANILE_IDENTITY__OIDC__CLIENT_SECRET"
READ = (
    "from deploy.configuration.loading import load_settings\n"
    "print(load_settings().identity.oidc.client_secret.get_secret_value())"
)


def settings_with_a_secret() -> Settings:
    oidc = OidcSettings(issuer="https://login.example.cn", client_secret=SecretStr(SECRET))
    return load_settings(identity=IdentitySettings(public_url="https://campus.example.cn", oidc=oidc))


def test_secret_comes_from_the_file_that_its_variable_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "oidc-secret"
    file.write_text(SECRET + "\n", encoding="utf-8")
    monkeypatch.setenv(VARIABLE + "_FILE", str(file))
    found = load_settings().identity.oidc.client_secret
    assert found is not None
    assert found.get_secret_value() == SECRET


def test_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE + "_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(ConfigurationError, match="CLIENT_SECRET_FILE"):
        load_settings()


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_showing_the_settings_never_shows_it(form: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    shown = CliRunner().invoke(command, ["show", *form])
    assert shown.exit_code == 0
    assert "client_secret" in shown.output
    assert "********" in shown.output
    assert SECRET not in shown.output
    assert SECRET not in repr(load_settings())


def test_child_process_reads_it_from_a_file_that_its_owner_alone_can_read(tmp_path: Path) -> None:
    given = settings_with_a_secret()
    files = secret_files(given, tmp_path / "secrets")
    assert list(files) == [VARIABLE + "_FILE"]
    assert Path(files[VARIABLE + "_FILE"]).stat().st_mode & 0o777 == 0o600
    environment = environment_of(given) | files
    assert SECRET not in " ".join(environment.values())
    child = subprocess.run([sys.executable, "-c", READ], env=environment, capture_output=True, text=True, check=True)
    assert child.stdout.strip() == SECRET


def test_nothing_is_kept_of_a_secret_that_was_not_given(tmp_path: Path) -> None:
    assert secret_files(load_settings(), tmp_path / "secrets") == {}
    assert not (tmp_path / "secrets").exists()

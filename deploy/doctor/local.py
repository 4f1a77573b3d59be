"""Looks at what the settings name on this machine: ports, secrets, jars."""

import stat
from collections.abc import Iterator
from pathlib import Path

from deploy.configuration import Settings
from deploy.doctor.finding import Finding, Level, fine
from deploy.kafka.jars import ensure_jars, missing_jars, read_lock
from deploy.running import Running
from deploy.supervisor.addresses import is_free

MIN_SECRET_CHARS = 16
OWNER_ONLY = 0o600


def examine_local(settings: Settings, running: Running | None) -> Iterator[Finding]:
    """Everything on this machine that the settings name."""
    if running is None:
        yield _port("gateway.port", settings.gateway.host, settings.gateway.port)
        yield _port("api.port", settings.api.host, settings.api.port)
    yield from _secrets(settings, running)
    if settings.kafka.bootstrap is None:
        yield _jars(settings)


def _port(setting: str, host: str, port: int) -> Finding:
    if port == 0 or is_free(host, port):
        return fine(setting, f"{host}:{port} free" if port else "any free port")
    variable = "CAMPANILE_" + setting.replace(".", "__").upper()
    return Finding(
        setting, Level.CONFIGURATION, f"{host}:{port} is in use", f"stop who listens there, or set {variable}"
    )


def _secrets(settings: Settings, running: Running | None) -> Iterator[Finding]:
    given = settings.store.password.get_secret_value()
    if given:
        yield _strength("store.password", given)
    elif settings.store.host is not None and settings.store.host not in {"127.0.0.1", "localhost", "::1"}:
        remedy = "CAMPANILE_STORE__PASSWORD_FILE=<file of mode 600>"
        yield Finding("store.password", Level.CONFIGURATION, f"none, and {settings.store.host} is elsewhere", remedy)
    directory = settings.data_dir / "secrets"
    files = (
        [Path(running.store_password_file)] if running else sorted(directory.glob("*")) if directory.exists() else []
    )
    for file in files:
        yield _secret_file(file)


def _strength(name: str, secret: str) -> Finding:
    if len(secret) >= MIN_SECRET_CHARS and len(set(secret)) >= MIN_SECRET_CHARS // 2:
        return fine(name, "long enough")
    remedy = "let the machine make it: leave it unset, or use `openssl rand -base64 32`"
    return Finding(name, Level.CONFIGURATION, f"weak: {MIN_SECRET_CHARS} varied characters are needed", remedy)


def _secret_file(file: Path) -> Finding:
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o077 == 0:
        return fine("secrets", f"{file}: mode {mode:03o}")
    return Finding(
        "secrets",
        Level.CONFIGURATION,
        f"{file}: mode {mode:03o}, others can read it",
        f"chmod 600 {file}",
        fix=lambda: file.chmod(OWNER_ONLY),
    )


def _jars(settings: Settings) -> Finding:
    embedded, jars = settings.embedded, read_lock()
    missing = missing_jars(embedded.jars_dir, jars)
    if not missing:
        return fine("kafka.jars", f"{len(jars)} in {embedded.jars_dir}, every hash right")
    return Finding(
        "kafka.jars",
        Level.WARNING,
        f"{len(missing)} of {len(jars)} absent or altered in {embedded.jars_dir}",
        "campanile doctor --fix (or the first `campanile up` fetches them)",
        fix=lambda: _fetch(embedded.jars_dir, embedded.mirror),
    )


def _fetch(directory: Path, mirror: str | None) -> None:
    ensure_jars(directory, mirror, lambda _: None)

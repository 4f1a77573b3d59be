"""The settings of a deployment as the environment of its processes. Pure but for one file that holds a password."""

import json
import os
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from deploy.configuration.settings import Settings
from deploy.configuration.sources import leaves, variable_of


def environment_of(settings: Settings) -> dict[str, str]:
    """Every setting that has a value, as its variable; secrets are left out, they travel in files.

    All of them and not only those that differ from the default: a child must not see a variable, or a settings file,
    that the caller has overridden.
    """
    return {
        variable_of(path): spelled(value)
        for path, _ in leaves(Settings)
        if (value := _value_at(settings, path)) is not None and not isinstance(value, SecretStr)
    }


def spelled(value: Any) -> str:  # noqa: ANN401 — any setting
    """A setting's value as its variable spells it."""
    match value:
        case bool():
            return str(value).lower()
        case Path():
            return str(value.resolve())
        case Enum():
            return str(value.value)
        case str() | int() | float():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False, default=str)


def write_secret(path: Path, secret: SecretStr) -> Path:
    """Keep a secret that the caller gave in a file that only its owner can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(secret.get_secret_value())
    part.replace(path)
    return path


def secret_files(settings: Settings, directory: Path) -> dict[str, str]:
    """Every secret that was given, kept in a file of its own, as the variable that names the file.

    However it was given, by variable, file or settings file: no process has it in its environment.
    """
    return {
        f"{variable_of(path)}_FILE": str(write_secret(directory / "-".join(path).replace("_", "-"), value).resolve())
        for path, _ in leaves(Settings)
        if isinstance(value := _value_at(settings, path), SecretStr) and value.get_secret_value()
    }


def _value_at(settings: Settings, path: tuple[str, ...]) -> Any:  # noqa: ANN401 — any setting
    value: Any = settings
    for name in path:
        value = getattr(value, name)
    return value

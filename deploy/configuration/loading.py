"""Makes the settings once, turns pydantic's refusal into words, and tells where each value came from."""

import os
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import SecretStr, ValidationError

from deploy.configuration.settings import Settings
from deploy.configuration.sources import leaves, unknown_variables, value_from_environment, variable_of
from schemas.errors import ConfigurationError


class Row(NamedTuple):
    """One setting as `config show` prints it."""

    name: str
    value: str
    source: str
    description: str


def load_settings(**overrides: Any) -> Settings:  # noqa: ANN401 — any setting
    """The settings of this process. Unknown ``CAMPANILE_…`` variables are named on stderr.

    Raises:
        ConfigurationError: a value is not acceptable, or the settings file cannot be read.
    """
    for name, near in unknown_variables(Settings):
        hint = f"; did you mean {near}?" if near else ""
        sys.stderr.write(f"未知的环境变量 / unknown variable {name}{hint}\n")
    file = os.environ.get("CAMPANILE_CONFIG")
    if file is not None and not Path(file).is_file():  # pydantic would go on with the defaults
        raise ConfigurationError(f"设置文件不存在 / no settings file: {file}", remedy="correct --config")
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise ConfigurationError(
            "设置有误 / settings are not acceptable: "
            + "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()),
            remedy="campanile config show",
        ) from error
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{file}: {error}") from error


def describe(settings: Settings) -> Iterator[Row]:
    """Every setting with its value (secrets masked), where it came from, and what it means."""
    file = os.environ.get("CAMPANILE_CONFIG")
    in_file = tomllib.loads(Path(file).read_text(encoding="utf-8")) if file else {}
    for path, field in leaves(Settings):
        value: Any = settings
        for name in path:
            value = getattr(value, name)
        shown = "********" if isinstance(value, SecretStr) and value.get_secret_value() else str(value)
        yield Row(".".join(path), shown, _source(path, in_file), field.description or "")


def _source(path: tuple[str, ...], in_file: dict[str, Any]) -> str:
    if value_from_environment(path) is not None:
        return f"env {variable_of(path)}"
    branch: Any = in_file
    for name in path:
        branch = branch.get(name) if isinstance(branch, dict) else None
    return "file" if branch is not None else "default"

"""The environment as a source of settings: ``CAMPANILE_STORE__PASSWORD`` or, for secrets, ``…PASSWORD_FILE``."""

import os
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from schemas.errors import ConfigurationError

PREFIX = "CAMPANILE_"
CONTROL_VARIABLES = frozenset(
    {"CAMPANILE_CONFIG", "CAMPANILE_DEBUG", "CAMPANILE_PARENT_PID", "CAMPANILE_LANG", "CAMPANILE_TOKEN"}
)
"""Read by the command line or the process itself, no settings."""

Leaf = tuple[tuple[str, ...], FieldInfo]


def leaves(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[Leaf]:
    """Every setting of a model as (path, field), nested models followed."""
    for name, field in model.model_fields.items():
        annotation = field.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from leaves(annotation, (*path, name))
        else:
            yield (*path, name), field


def variable_of(path: tuple[str, ...]) -> str:
    """The environment variable of a setting."""
    return PREFIX + "__".join(path).upper()


def value_from_environment(path: tuple[str, ...]) -> str | None:
    """The setting's text from its variable or from the file that its ``_FILE`` variable names.

    Raises:
        ConfigurationError: that file cannot be read.
    """
    name = variable_of(path)
    if name in os.environ:
        return os.environ[name]
    file = os.environ.get(name + "_FILE")
    if file is None:
        return None
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError(
            f"{name}_FILE={file} 无法读取 / cannot be read", cause=str(error), remedy="correct the path or its rights"
        ) from error


def unknown_variables(model: type[BaseModel]) -> list[tuple[str, str | None]]:
    """Variables that look like ours and are none, each with the nearest real name."""
    known = {variable_of(path) for path, _ in leaves(model)}
    known |= {name + "_FILE" for name in known}
    strange = [name for name in os.environ if name.startswith(PREFIX) and name not in known | CONTROL_VARIABLES]
    return [(name, next(iter(get_close_matches(name, known, n=1)), None)) for name in sorted(strange)]


class EnvironmentSource(PydanticBaseSettingsSource):
    """Reads every setting of the model, and only those, from the environment."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 — its signature
        """Not used: :meth:`__call__` gives the whole tree at once."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """The settings that the environment gives, nested as the model is."""
        tree: dict[str, Any] = {}
        settings: type[BaseSettings] = self.settings_cls
        for path, _field in leaves(settings):
            value = value_from_environment(path)
            if value is not None:
                branch = tree
                for name in path[:-1]:
                    branch = branch.setdefault(name, {})
                branch[path[-1]] = value
        return tree

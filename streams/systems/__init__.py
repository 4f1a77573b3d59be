"""One module or package per campus system, named as in ``schemas.systems``; each declares ``SYSTEM``."""

from functools import cache
from importlib import import_module
from typing import Any

from schemas.ids import SystemName
from schemas.systems import PRODUCT_SYSTEMS, SYSTEMS
from streams.core.system import System


@cache
def systems() -> dict[SystemName, System[Any]]:
    """Every registered system by name.

    Raises:
        ValueError: a module declares another system's name.
    """
    found: dict[SystemName, System[Any]] = {}
    for name in (*SYSTEMS, *PRODUCT_SYSTEMS):
        system: System[Any] = import_module(f"streams.systems.{name}").SYSTEM
        if system.name != name:
            raise ValueError(f"streams.systems.{name} declares the system {system.name}")
        found[name] = system
    return found

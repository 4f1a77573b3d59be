"""The registry of campus systems: to add one, add its files and one name to ``SYSTEMS``.

``schemas/systems/<name>.py`` declares ``EVENTS``; ``streams/systems/<name>.py`` (or a package of that name) declares
``SYSTEM``: fold, summary and rules. Nothing else in the product knows a system by name.
"""

from functools import cache
from importlib import import_module

from schemas.events import EventType
from schemas.ids import EventTypeName, SystemName

SYSTEMS: tuple[SystemName, ...] = tuple(
    SystemName(name)
    for name in (
        "school_bus",
        "canteen",
        "net_health",
        "device_control",
        "lesson_ops",
    )
)


PRODUCT_SYSTEMS: tuple[SystemName, ...] = (SystemName("access"),)
"""What the product itself reports, by the same two files each; no source of a campus may ever send these types, and no
campus has devices of them."""


@cache
def catalogue() -> dict[EventTypeName, EventType]:
    """Every declared event type by its full name, in the order of ``SYSTEMS``; then the product's own.

    Raises:
        ValueError: a type is declared twice, or under another system's name.
    """
    types: dict[EventTypeName, EventType] = {}
    for system in (*SYSTEMS, *PRODUCT_SYSTEMS):
        for declared in import_module(f"schemas.systems.{system}").EVENTS:
            if declared.system != system:
                raise ValueError(f"{declared.name} is declared by {system} but carries another system's name")
            if declared.name in types:
                raise ValueError(f"{declared.name} is declared twice")
            types[declared.name] = declared
    return types

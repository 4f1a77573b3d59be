"""A campus system made ready for work: what every document of it needs and no document should hold itself."""

from typing import Any

import msgspec

from streams.core.system import Rule, System


class SystemPlan:
    """The parts of a :class:`~streams.core.system.System` that the document driver uses, bound once."""

    __slots__ = ("apply", "decode_state", "lateness_ms", "name", "rule_names", "rules", "system")

    def __init__(self, system: System[Any]) -> None:
        self.system = system
        self.name: str = system.name
        self.apply = system.apply
        self.rules: tuple[Rule[Any], ...] = system.rules
        self.lateness_ms = system.lateness_ms
        self.decode_state = msgspec.json.Decoder(system.state).decode
        self.rule_names = frozenset(rule.name for rule in system.rules)

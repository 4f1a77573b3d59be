"""Classroom devices: presence, power, faults, and the commands sent to them. Fold, summary, rules."""

from typing import Final

from schemas.ids import SystemName
from streams.core.system import System
from streams.systems.device_control.fold import apply
from streams.systems.device_control.rules import RULES
from streams.systems.device_control.state import DeviceControl
from streams.systems.device_control.summary import summarise

SYSTEM: Final = System(
    name=SystemName("device_control"),
    state=DeviceControl,
    apply=apply,
    summarise=summarise,
    rules=RULES,
)

"""The campus network: uplinks, access points, bandwidth against contract. Fold, summary, rules."""

from typing import Final

from schemas.ids import SystemName
from streams.core.system import System
from streams.systems.net_health.fold import apply
from streams.systems.net_health.rules import RULES
from streams.systems.net_health.state import NetHealth
from streams.systems.net_health.summary import summarise

SYSTEM: Final = System(
    name=SystemName("net_health"),
    state=NetHealth,
    apply=apply,
    summarise=summarise,
    rules=RULES,
)

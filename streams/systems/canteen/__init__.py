"""The school kitchen and dining hall: cold stores, dishes, samples, meals, staff, incidents. Fold, summary, rules."""

from typing import Final

from schemas.ids import SystemName
from streams.core.system import System
from streams.systems.canteen.fold import apply
from streams.systems.canteen.rule_book import RULES
from streams.systems.canteen.state import Canteen
from streams.systems.canteen.summary import summarise

SYSTEM: Final = System(
    name=SystemName("canteen"),
    state=Canteen,
    apply=apply,
    summarise=summarise,
    rules=RULES,
)

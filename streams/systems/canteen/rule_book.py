"""The rule book of ``canteen``, worst first.

Confidence marks in citations: [V] verified in the text, [S] seen in a secondary source, [M] from memory, [A] our own.
"""

from typing import Final

from streams.core.system import Rule
from streams.systems.canteen.rules_cold import FREEZER_WARM, FRIDGE_WARM, SENSOR_SILENT
from streams.systems.canteen.rules_dishes import SAMPLE_DISPOSED_EARLY, SAMPLE_MISSING, UNDERCOOKED
from streams.systems.canteen.rules_incidents import DELIVERY_UNFIT, DISINFECTION_SHORT, ILLNESS_CLUSTER
from streams.systems.canteen.rules_meals import ACCOMPANY_MISSING, MEALS_EXCEED, MORNING_CHECK_MISSING
from streams.systems.canteen.state import Canteen

RULES: Final[tuple[Rule[Canteen], ...]] = (
    ILLNESS_CLUSTER,
    FREEZER_WARM,
    SAMPLE_MISSING,
    UNDERCOOKED,
    DELIVERY_UNFIT,
    FRIDGE_WARM,
    SENSOR_SILENT,
    SAMPLE_DISPOSED_EARLY,
    MORNING_CHECK_MISSING,
    ACCOMPANY_MISSING,
    MEALS_EXCEED,
    DISINFECTION_SHORT,
)

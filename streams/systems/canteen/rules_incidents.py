"""Rules about illness, goods and disinfection."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from schemas.clock import HOUR_MS
from streams.core.spans import Span, rule_of_spans
from streams.core.spell import begun_ms, causes
from streams.core.system import Rule, RuleKind
from streams.systems.canteen.limits import SHOWN_FOR_MS
from streams.systems.canteen.state import Canteen, Disinfection

_LEAST_PERSONS: Final = 2
_DISINFECTION_SHOWN_MS: Final = 12 * HOUR_MS
_LEAST_MINUTES: Final = {"steam": 10.0, "boil": 10.0, "infrared": 10.0, "chlorine": 5.0}
_LEAST_TEMP_C: Final = {"steam": 100.0, "boil": 100.0, "infrared": 120.0}
_LEAST_CHLORINE_MG_L: Final = 250.0


def _clusters(state: Canteen) -> Iterator[Span]:
    for name, case in state.cases.items():
        since_ms = begun_ms(case.open)
        if since_ms is not None and case.persons >= _LEAST_PERSONS:
            detail: dict[str, int | float | str] = {"persons": case.persons, "meal_id": case.meal_id}
            yield Span(name, since_ms, since_ms, causes=causes(case.open), detail=detail)


def _is_excluded(state: Canteen, subject: str, _since_ms: int) -> bool:
    """Whether the case was closed as no food-borne illness at all."""
    case = state.cases.get(subject)
    return case is not None and case.outcome == "excluded"


def _unfit_goods(state: Canteen) -> Iterator[Span]:
    for name, goods in state.deliveries.items():
        at_ms = goods.inspected_ms
        if not goods.licence_ok or goods.expires_ms <= at_ms:
            detail: dict[str, int | float | str] = {
                "item": goods.item,
                "mass_kg": goods.mass_kg,
                "fault": "expired" if goods.licence_ok else "licence",
            }
            yield Span(name, at_ms, at_ms, at_ms + SHOWN_FOR_MS, (goods.event_id,), detail)


def _short_disinfections(state: Canteen) -> Iterator[Span]:
    for name, kitchen in state.kitchens.items():
        done = kitchen.disinfection
        if done is not None and _is_short(done):
            detail: dict[str, int | float | str] = {"method": done.method, "duration_min": done.duration_min}
            yield Span(
                name, done.done_ms, done.done_ms, done.done_ms + _DISINFECTION_SHOWN_MS, (done.event_id,), detail
            )


def _is_short(done: Disinfection) -> bool:
    """Whether one of the figures that were given is too low; a figure not given is not judged."""
    return (
        done.duration_min < _LEAST_MINUTES[done.method]
        or (done.temp_c is not None and done.temp_c < _LEAST_TEMP_C.get(done.method, done.temp_c))
        or (done.method == "chlorine" and done.chlorine_mg_l is not None and done.chlorine_mg_l < _LEAST_CHLORINE_MG_L)
    )


ILLNESS_CLUSTER: Final[Rule[Canteen]] = replace(
    rule_of_spans(
        "canteen.illness_cluster",
        _clusters,
        kind=RuleKind.THRESHOLD,
        severity=1,
        title_zh="疑似聚集性食源性疾病（2人及以上）",
        title_en="Suspected cluster of food-borne illness (two or more persons)",
        citation="国家食品安全事故应急预案 4.2.2: first report within 2 h [S]; two or more after a shared meal [S]",
        withdrawable=True,
    ),
    mistaken=_is_excluded,
)
DELIVERY_UNFIT: Final[Rule[Canteen]] = rule_of_spans(
    "canteen.delivery_unfit",
    _unfit_goods,
    kind=RuleKind.THRESHOLD,
    severity=2,
    title_zh="进货查验不合格：证照不符或已过期",
    title_en="Delivery without valid licence or past its shelf life",
    citation="食品安全法 Art. 53, 55: licence and certificate of each delivery are inspected [V]",
)
DISINFECTION_SHORT: Final[Rule[Canteen]] = rule_of_spans(
    "canteen.disinfection_short",
    _short_disinfections,
    kind=RuleKind.THRESHOLD,
    severity=4,
    title_zh="餐具消毒温度、浓度或时间不足",
    title_en="Tableware disinfected too briefly, too cold or too weakly",
    citation="steam or boiling 100 °C 10 min, infrared 120 °C 10 min, chlorine 250 mg/L 5 min [S]",
)

"""Folds the events of ``canteen`` that speak of rooms, staff, goods and incidents; meals have a file of their own."""

from collections.abc import Callable
from math import inf
from typing import Final

from schemas.clock import MINUTE_MS, local_midnight_ms
from schemas.frame import LoggedEvent
from streams.core.bounded import make_room
from streams.core.spell import observe, see_off, see_on
from streams.core.system import Effect
from streams.systems.canteen import meals
from streams.systems.canteen.limits import SENSOR_SILENT_AFTER_MS, WARMEST_C
from streams.systems.canteen.state import (
    MAX_CAMERAS,
    MAX_CASES,
    MAX_CHECKED_DAYS,
    MAX_DELIVERIES,
    MAX_KITCHENS,
    MAX_SENSORS,
    Canteen,
    Case,
    Delivery,
    Disinfection,
    Flag,
    Kitchen,
    MorningCheck,
    Sensor,
)

_NEARLY_SILENT_MS: Final = SENSOR_SILENT_AFTER_MS - 5 * MINUTE_MS
"""After a pause of this length an alert of silence may be open, so the rules are asked."""
_NOTICEABLE_C: Final = 0.5


def apply(state: Canteen, event: LoggedEvent) -> Effect:
    """Fold one event.

    Raises:
        KeyError: the type is not one of ``canteen``, or a required field is missing; the state is unchanged.
    """
    return _FOLDS[event.type](state, event)


def _temp_sampled(state: Canteen, event: LoggedEvent) -> Effect:
    data, at_ms = event.data, event.occurredms
    zone, temp_c = data["zone"], data["temp_c"]
    sensor = state.sensors.get(event.subject) or _new_sensor(state, event.subject)
    if temp_c > WARMEST_C.get(zone, inf):
        turned = observe(sensor.warm, at_ms, event.id, is_so=True)
    else:
        turned = see_off(sensor.warm, at_ms)
    read_ms = sensor.read_ms
    if at_ms <= read_ms:
        return Effect.JUDGE if turned else Effect.ALIVE
    moved = abs(temp_c - sensor.temp_c) >= _NOTICEABLE_C
    sensor.read_ms, sensor.zone, sensor.temp_c = at_ms, zone, temp_c
    if turned or event.receivedms - read_ms > _NEARLY_SILENT_MS:
        return Effect.JUDGE
    return Effect.VISIBLE if moved else Effect.ALIVE


def _temp_breach(state: Canteen, event: LoggedEvent) -> Effect:
    """The sensor's own alarm is a reading, and says since when it has been too warm."""
    begun_ms = event.occurredms - int(event.data["duration_min"] * MINUTE_MS)
    effect = _temp_sampled(state, event)
    sensor = state.sensors[event.subject]
    if event.data["temp_c"] <= WARMEST_C.get(event.data["zone"], inf):
        return effect
    return Effect.JUDGE if see_on(sensor.warm, begun_ms, event.id) else effect


def _morning_checked(state: Canteen, event: LoggedEvent) -> Effect:
    data, at_ms = event.data, event.occurredms
    check = MorningCheck(at_ms, data["on_duty"], data["unfit"], data["hands_ok"])
    checks = _kitchen(state, event.subject).checks
    day_ms = local_midnight_ms(at_ms)
    known = checks.get(day_ms)
    if known is not None and known.checked_ms <= at_ms:
        return Effect.NOTHING
    checks[day_ms] = check
    while len(checks) > MAX_CHECKED_DAYS:
        del checks[min(checks)]
    return Effect.JUDGE


def _disinfected(state: Canteen, event: LoggedEvent) -> Effect:
    data = event.data
    done = Disinfection(
        event.occurredms,
        event.id,
        data["method"],
        data["duration_min"],
        data.get("temp_c"),
        data.get("chlorine_mg_l"),
        data["sets"],
    )
    kitchen = _kitchen(state, event.subject)
    if kitchen.disinfection is not None and done.done_ms <= kitchen.disinfection.done_ms:
        return Effect.NOTHING
    kitchen.disinfection = done
    return Effect.JUDGE


def _receipt_inspected(state: Canteen, event: LoggedEvent) -> Effect:
    data, at_ms = event.data, event.occurredms
    delivery = Delivery(at_ms, event.id, data["item"], data["mass_kg"], data["expires_ms"], data["licence_ok"])
    known = state.deliveries.get(event.subject)
    if known is None:
        make_room(state.deliveries, MAX_DELIVERIES, lambda old: old.inspected_ms)
    elif at_ms <= known.inspected_ms:
        return Effect.NOTHING
    state.deliveries[event.subject] = delivery
    return Effect.JUDGE


def _ai_flagged(state: Canteen, event: LoggedEvent) -> Effect:
    data = event.data
    flag = Flag(event.occurredms, data["kind"], data["confidence"], data["snapshot_ref"])
    known = state.flags.get(event.subject)
    if known is None:
        make_room(state.flags, MAX_CAMERAS, lambda old: old.flagged_ms)
    elif flag.flagged_ms <= known.flagged_ms:
        return Effect.NOTHING
    state.flags[event.subject] = flag
    return Effect.VISIBLE


def _cluster_suspected(state: Canteen, event: LoggedEvent) -> Effect:
    data, at_ms = event.data, event.occurredms
    persons, symptoms = data["persons"], list(data["symptoms"])
    case = _case(state, event.subject)
    if at_ms > case.reported_ms:
        case.reported_ms, case.persons, case.symptoms = at_ms, persons, symptoms
        case.meal_id = data.get("meal_id") or ""
    observe(case.open, at_ms, event.id, is_so=True)
    return Effect.JUDGE


def _cluster_closed(state: Canteen, event: LoggedEvent) -> Effect:
    outcome = event.data["outcome"]
    case = _case(state, event.subject)
    if event.occurredms > case.open.off_ms:
        case.outcome = outcome
    see_off(case.open, event.occurredms)
    return Effect.JUDGE


def _new_sensor(state: Canteen, name: str) -> Sensor:
    make_room(state.sensors, MAX_SENSORS, lambda old: old.read_ms)
    sensor = state.sensors[name] = Sensor()
    return sensor


def _kitchen(state: Canteen, name: str) -> Kitchen:
    kitchen = state.kitchens.get(name)
    if kitchen is None:
        make_room(state.kitchens, MAX_KITCHENS, lambda old: max(old.checks, default=0))
        kitchen = state.kitchens[name] = Kitchen()
    return kitchen


def _case(state: Canteen, name: str) -> Case:
    case = state.cases.get(name)
    if case is None:
        make_room(state.cases, MAX_CASES, lambda old: old.reported_ms)
        case = state.cases[name] = Case()
    return case


_FOLDS: Final[dict[str, Callable[[Canteen, LoggedEvent], Effect]]] = {
    "canteen.temp.sampled.v1": _temp_sampled,
    "canteen.temp.breach.v1": _temp_breach,
    "canteen.receipt.inspected.v1": _receipt_inspected,
    "canteen.staff.morning_checked.v1": _morning_checked,
    "canteen.disinfect.done.v1": _disinfected,
    "canteen.kitchen.ai_flag.v1": _ai_flagged,
    "canteen.illness.cluster_suspected.v1": _cluster_suspected,
    "canteen.illness.cluster_closed.v1": _cluster_closed,
    "canteen.meal.planned.v1": meals.planned,
    "canteen.meal.count_digest.v1": meals.counted,
    "canteen.dish.cooked.v1": meals.cooked,
    "canteen.dish.served.v1": meals.served,
    "canteen.sample.retained.v1": meals.sample_retained,
    "canteen.sample.disposed.v1": meals.sample_disposed,
    "canteen.accompany.logged.v1": meals.accompanied,
}

"""What a question of authority costs: over the whole city's facts, with the roles and systems that ask most."""

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from api.authority import Object, authenticate, decide
from api.authority.principal import Principal
from deploy.bench.figures import Figure, Report
from deploy.demo.facts import bureau_token, registry_facts, supervisor_token
from deploy.demo.plan import CampusPlan
from deploy.demo.planning import plan_county
from schemas.ids import SystemName
from schemas.organisation import Organisation
from schemas.registry import Access
from schemas.systems import SYSTEMS

Say = Callable[[str], None]

CAMPUSES, CONSORTIA = 1667, 167
AT_MS: Final = 1_795_651_200_000
TARGET_US: Final = 5.0
ROUNDS: Final = 5


def measure(say: Say) -> Report:
    """Every campus × system × live and history for a supervisor and a bureau; then the check of a token."""
    report = Report("authority")
    county = plan_county(CAMPUSES, CONSORTIA)
    facts = Organisation()
    for fact in registry_facts(county):
        facts.put(fact)
    consortium = county.consortia[0]
    supervisor = f"Bearer {supervisor_token(county.seed, consortium.consortium_id).text}"
    bureau = f"Bearer {bureau_token(county.seed, consortium.county.code).text}"
    for label, text in (("supervisor", supervisor), ("bureau", bureau)):
        micros = _best(partial(_decide_all, facts, _known(text, facts), county.campuses))
        say(f"  decide, {label}: {micros:.2f} µs")
        report.add(Figure(f"decide, {label}, all of the city", micros, "µs", TARGET_US))
    micros = _best(lambda: _decide_all(facts, _known(supervisor, facts), consortium.campuses))
    report.add(Figure("decide, supervisor, own members", micros, "µs", TARGET_US))
    micros = _best(lambda: _check_many(supervisor, facts))
    say(f"  token check: {micros:.2f} µs")
    report.add(Figure("token check", micros, "µs", TARGET_US))
    report.notes.append(
        f"{CAMPUSES} campuses, {sum(1 for _ in facts.facts())} facts; CPU time, mean of the best of {ROUNDS} rounds"
    )
    return report


def _best(run: Callable[[], int]) -> float:
    """Microseconds of CPU time for each of the ``run()`` questions, in the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began_s = time.process_time()
        count = run()
        best = min(best, (time.process_time() - began_s) / count * 1e6)
    return best


def _known(text: str, facts: Organisation) -> Principal:
    principal = authenticate(text, facts, AT_MS)
    if principal is None:
        raise RuntimeError("the token of a demonstration's viewer is unknown")
    return principal


def _decide_all(facts: Organisation, principal: Principal, campuses: Iterable[CampusPlan]) -> int:
    count = 0
    for campus in campuses:
        for system in SYSTEMS:
            target = Object(campus.campus_id, SystemName(system))
            decide(facts, principal, Access.LIVE, target, AT_MS)
            decide(facts, principal, Access.HISTORY, target, AT_MS)
            count += 2
    return count


def _check_many(text: str, facts: Organisation) -> int:
    count = 10_000
    for _ in range(count):
        authenticate(text, facts, AT_MS)
    return count

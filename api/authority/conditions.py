"""The conditions that a cell of the matrix may carry, by name: each a pure yes or no over one case.

Where no fact of the registry says that a condition holds, it does not hold: what is not known to be allowed is denied.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from schemas.dealings import NOTHING_SHARED, Shared
from schemas.ids import SystemName
from schemas.registry import Grant


class Case(NamedTuple):
    """What a condition may look at."""

    system: SystemName
    severity: int | None
    """Of the alert that is asked for, 1 red … 4 blue; None: something else than an alert."""
    is_rollup: bool
    """Whether the figure of a whole consortium is asked for, and no campus by itself."""
    is_own_end: bool
    """Whether the campus is the core campus of the consortium by which it is asked for."""
    clauses: frozenset[SystemName]
    """What agreements in force open under the membership."""
    own_centre: frozenset[SystemName] | None
    """The systems of the asking person's centres; None: every centre."""
    shared: Shared = NOTHING_SHARED
    """What is going on between the campus and the core campus of that consortium."""
    is_on_duty: bool = False
    """Whether the asking person is on duty over the campus."""
    grant: Grant | None = None


Condition = Callable[[Case], bool]


def severity_1_2(case: Case) -> bool:
    """An alert of severity 1 or 2."""
    return case.severity is not None and 1 <= case.severity <= 2


def agreed(case: Case) -> bool:
    """An agreement in force names the system."""
    return case.system in case.clauses


def breach_if_agreed(case: Case) -> bool:
    """An alert, where an agreement in force names the system."""
    return case.severity is not None and agreed(case)


def own_end(case: Case) -> bool:
    """The core school's own campus."""
    return case.is_own_end


def own_centre(case: Case) -> bool:
    """A system of one of the person's functional centres."""
    return case.own_centre is None or case.system in case.own_centre


def own_centre_or_duty(case: Case) -> bool:
    """A system of one of the person's functional centres, or any while the person is on duty (值班)."""
    return case.is_on_duty or own_centre(case)


def rollup(case: Case) -> bool:
    """The figure of a whole consortium."""
    return case.is_rollup


def own_end_or_mean(case: Case) -> bool:
    """The core school's own campus, or the figure of the whole consortium."""
    return case.is_own_end or case.is_rollup


def incident(case: Case) -> bool:
    """Under an emergency grant, which only an open alert of severity 1 lets anybody take."""
    return case.grant is not None and case.grant.is_emergency


def joint_session(case: Case) -> bool:
    """While a session in which campus and core campus both take part shares the system."""
    return case.system in case.shared.joint


def hosted_session(case: Case) -> bool:
    """While the core campus hosts a session for the campus that shares the system."""
    return case.system in case.shared.hosted


def own_pupils(case: Case) -> bool:
    """While the campus's buses carry pupils of the core campus."""
    return case.shared.carries_pupils


def project_visit(case: Case) -> bool:
    """While teachers of one of the two work at the other for a project."""
    return case.shared.is_visited


def escalated(case: Case) -> bool:
    """While the campus shows the system to the consortium of its own accord."""
    return case.system in case.shared.escalated


CONDITIONS: Final[Mapping[str, Condition]] = {
    "severity_1_2": severity_1_2,
    "agreed": agreed,
    "breach_if_agreed": breach_if_agreed,
    "own_end": own_end,
    "own_end_or_mean": own_end_or_mean,
    "own_centre": own_centre,
    "own_centre_or_duty": own_centre_or_duty,
    "rollup": rollup,
    "incident": incident,
    "joint_session": joint_session,
    "hosted_session": hosted_session,
    "own_pupils": own_pupils,
    "project_visit": project_visit,
    "escalated": escalated,
}

"""The conditions that a cell of the matrix may carry, by name: each a pure yes or no over one case.

Where no fact of the log says yet whether a condition holds (which session a room hosts, whose pupils ride a bus), it
does not hold: what is not known to be allowed is denied.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

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


def rollup(case: Case) -> bool:
    """The figure of a whole consortium."""
    return case.is_rollup


def own_end_or_mean(case: Case) -> bool:
    """The core school's own campus, or the figure of the whole consortium."""
    return case.is_own_end or case.is_rollup


def incident(case: Case) -> bool:
    """Under an emergency grant, which only an open alert of severity 1 lets anybody take."""
    return case.grant is not None and case.grant.is_emergency


def not_known_yet(_case: Case) -> bool:
    """No fact of the log speaks of it: denied."""
    return False


CONDITIONS: Final[Mapping[str, Condition]] = {
    "severity_1_2": severity_1_2,
    "agreed": agreed,
    "breach_if_agreed": breach_if_agreed,
    "own_end": own_end,
    "own_end_or_mean": own_end_or_mean,
    "own_centre": own_centre,
    "rollup": rollup,
    "incident": incident,
    "joint_session": not_known_yet,
    "hosted_session": not_known_yet,
    "own_pupils": not_known_yet,
    "project_visit": not_known_yet,
    "escalated": not_known_yet,
}

"""Who there is, in which capacity, and who is on duty."""

from typing import Literal

from schemas.ids import AppointmentId, DutyId, PersonId
from schemas.registry.base import Dated, Fact, Lasting, Name, ScopeText
from schemas.registry.roles import Centre, Role


class Person(Fact):
    """A member of staff or of an authority who may hold appointments. Pupils and guardians are never persons here."""

    kind: Literal["person"] = "person"
    person_id: PersonId
    name: Name


class Appointment(Dated):
    """A dated capacity: the person holds the role over the scope from ``valid_from_ms`` until ``valid_to_ms``."""

    kind: Literal["appointment"] = "appointment"
    appointment_id: AppointmentId
    person_id: PersonId
    role: Role
    scope: frozenset[ScopeText]
    centres: frozenset[Centre] = frozenset()
    """Empty: every centre."""


class Duty(Lasting):
    """One turn of a duty rota (值班表): who is on duty over a scope from ``valid_from_ms`` until ``valid_to_ms``."""

    kind: Literal["duty"] = "duty"
    duty_id: DutyId
    person_id: PersonId
    scope: ScopeText

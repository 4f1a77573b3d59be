"""Which users somebody manages: an administrator all of them, a bureau those whose every appointment lies in its area.

A bureau never manages an administrator, nor itself beyond its own password. Pure: facts and an instant.
"""

from schemas.identity import User
from schemas.ids import AreaId, CampusId, ConsortiumId, PersonId
from schemas.organisation import Organisation
from schemas.registry import Appointment


def manages_user(manager: Appointment | None, user: User, facts: Organisation) -> bool:
    """Whether the manager (None: an administrator) manages this user."""
    if manager is None:
        return True
    if user.is_administrator or user.person_id is None or user.person_id == manager.person_id:
        return False
    return manages_person(manager, user.person_id, facts)


def manages_person(manager: Appointment | None, person_id: PersonId, facts: Organisation) -> bool:
    """Whether the manager may let this person sign in: known, and with no appointment beyond the manager's area."""
    if person_id not in facts.persons:
        return False
    if manager is None:
        return True
    held = [found for found in facts.appointments.values() if found.person_id == person_id]
    return bool(held) and all(_is_within(found, manager, facts) for found in held)


def _is_within(appointment: Appointment, manager: Appointment, facts: Organisation) -> bool:
    areas = [_area_of(text, facts) for text in appointment.scope]
    own = [AreaId(text.removeprefix("area:")) for text in manager.scope if text.startswith("area:")]
    return bool(areas) and all(
        area_id is not None and any(facts.is_within(area_id, one) for one in own) for area_id in areas
    )


def _area_of(scope: str, facts: Organisation) -> AreaId | None:
    kind, _, entity_id = scope.partition(":")
    match kind:
        case "area":
            return AreaId(entity_id)
        case "campus":
            campus = facts.campuses.get(CampusId(entity_id))
            return campus.area_id if campus else None
        case _:
            consortium = facts.consortia.get(ConsortiumId(entity_id))
            return consortium.area_id if consortium else None

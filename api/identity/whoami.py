"""What a session says about itself."""

from api.authority.principal import Principal
from api.identity.accounts import view_of
from api.identity.second_factor import factor_of
from api.identity.services import IdentityServices
from api.identity.shapes import AppointmentView, WhoAmI
from api.identity.standing import SignedIn, appointment_of, appointments_of
from schemas.organisation import Organisation
from schemas.registry import Role


def who_is(services: IdentityServices, facts: Organisation, signed_in: SignedIn, at_ms: int) -> WhoAmI:
    """The user of a session, the appointment chosen, and those that could be."""
    session, user = signed_in
    appointment = appointment_of(user, session.appointment_id, facts, at_ms)
    role = appointment.role if appointment else Role.OPERATOR if user.is_administrator else None
    lacks = role in services.settings.strict_roles and factor_of(services, user.user_id) is None
    return WhoAmI(
        role=role,
        scope=sorted(appointment.scope) if appointment else [],
        user=view_of(user, services.facts),
        appointment_id=appointment.appointment_id if appointment else None,
        appointments=[AppointmentView.of(found) for found in appointments_of(user, facts, at_ms)],
        needs_second_factor=lacks,
        last_strong_ms=session.last_strong_ms,
        idle_ms=services.settings.idle_ms,
        not_after_ms=session.not_after_ms,
    )


def who_by_token(principal: Principal) -> WhoAmI:
    """The holder of a program's token."""
    scope = [
        *(f"area:{area_id}" for area_id in sorted(principal.areas)),
        *(f"campus:{campus_id}" for campus_id in sorted(principal.campuses)),
        *(f"consortium:{consortium_id}" for consortium_id in sorted(principal.consortia)),
    ]
    return WhoAmI(
        role=principal.role,
        scope=scope,
        appointment_id=principal.appointment_id,
        not_after_ms=principal.until_ms,
    )

"""Identifiers as types, and the one pattern that an identifier of ours must match."""

from typing import Annotated, NewType

from pydantic import StringConstraints

SLUG_PATTERN = r"^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$"
"""Lower-case letters, digits, ``-`` and ``_``; 1–64 characters; safe in keys, URLs, file names and SQL."""

_Slug = StringConstraints(strict=True, pattern=SLUG_PATTERN)

CampusId = NewType("CampusId", Annotated[str, _Slug])
"""One campus (校区), for example ``c-421122-007``."""

ConsortiumId = NewType("ConsortiumId", Annotated[str, _Slug])
"""One consortium (教联体), for example ``k-421122-01``."""

AreaId = NewType("AreaId", Annotated[str, _Slug])
"""An administrative area: the GB/T 2260 code of a province, city or county, or a township under it."""

MembershipId = NewType("MembershipId", Annotated[str, _Slug])
"""One dated edge between a campus and a consortium."""

TokenId = NewType("TokenId", Annotated[str, _Slug])
"""The public half of a bearer token: it names the token in logs and lists, and proves nothing."""

PersonId = NewType("PersonId", Annotated[str, _Slug])
"""A person who may hold appointments: an opaque reference, never a name or a number of theirs."""

AppointmentId = NewType("AppointmentId", Annotated[str, _Slug])
"""One dated appointment of a person to a role and scope."""

GrantId = NewType("GrantId", Annotated[str, _Slug])
"""One time-boxed grant."""

UserId = NewType("UserId", Annotated[str, _Slug])
"""Somebody who may sign in: an opaque reference, never their login name."""

AgreementId = NewType("AgreementId", Annotated[str, _Slug])
"""One agreement under a membership."""

PairId = NewType("PairId", Annotated[str, _Slug])
"""One cross-region pair of campuses."""

DutyId = NewType("DutyId", Annotated[str, _Slug])
"""One turn of a duty rota."""

JointSessionId = NewType("JointSessionId", Annotated[str, _Slug])
"""One lesson, meeting or exam that campuses share."""

SharedBusId = NewType("SharedBusId", Annotated[str, _Slug])
"""One sharing of a campus's buses with pupils of other campuses."""

ProjectVisitId = NewType("ProjectVisitId", Annotated[str, _Slug])
"""One visit of teachers of one campus at another one."""

EscalationId = NewType("EscalationId", Annotated[str, _Slug])
"""One escalation of a campus to its consortium."""

GuardianId = NewType("GuardianId", Annotated[str, _Slug])
"""A guardian: a random reference, for nothing else is known of them."""

InvitationId = NewType("InvitationId", Annotated[str, _Slug])
"""A school's invitation to a guardian."""

GuardianshipId = NewType("GuardianshipId", Annotated[str, _Slug])
"""A guardian's standing to one child."""

ShareId = NewType("ShareId", Annotated[str, _Slug])
"""A guardian's share of one child's run."""

SystemName = NewType("SystemName", str)
"""A campus system, for example ``school_bus``: the first segment of the types of its events."""

EventTypeName = NewType("EventTypeName", str)
"""An event type with its version, for example ``canteen.temp.sampled.v1``."""

AlertId = NewType("AlertId", str)
"""Deterministic: the same finding gives the same id, whoever computes it and however often."""

RuleName = NewType("RuleName", str)
"""A rule of the rule book, for example ``canteen.freezer_warm``."""

"""Every fact that the topic may hold, as one type, and the key under which it stands."""

from typing import Annotated, Final, Union

from pydantic import Field, TypeAdapter

from schemas.registry.bonds import Agreement, CrossRegionPair, Membership
from schemas.registry.credentials import SourceCredential, ViewerCredential
from schemas.registry.dealings import Escalation, JointSession, ProjectVisit, SharedBus
from schemas.registry.grants import Grant
from schemas.registry.people import Appointment, Duty, Person
from schemas.registry.places import Area, Campus, Consortium

AnyFact = Annotated[
    Union[  # noqa: UP007 — read by pydantic
        Area,
        Campus,
        Consortium,
        Membership,
        Agreement,
        CrossRegionPair,
        JointSession,
        SharedBus,
        ProjectVisit,
        Escalation,
        SourceCredential,
        ViewerCredential,
        Person,
        Appointment,
        Duty,
        Grant,
    ],
    Field(discriminator="kind"),
]
FACT: TypeAdapter[AnyFact] = TypeAdapter(AnyFact)

ID_FIELDS: Final[dict[str, str]] = {
    "area": "area_id",
    "campus": "campus_id",
    "consortium": "consortium_id",
    "membership": "membership_id",
    "agreement": "agreement_id",
    "pair": "pair_id",
    "joint_session": "joint_session_id",
    "shared_bus": "shared_bus_id",
    "project_visit": "project_visit_id",
    "escalation": "escalation_id",
    "source": "token_id",
    "viewer": "token_id",
    "person": "person_id",
    "appointment": "appointment_id",
    "duty": "duty_id",
    "grant": "grant_id",
}
"""By kind, the field that holds the fact's own id."""


def id_of(fact: AnyFact) -> str:
    """The fact's own id."""
    found: str = getattr(fact, ID_FIELDS[fact.kind])
    return found


def fact_key(fact: AnyFact) -> str:
    """The compaction key of a fact: ``<kind>/<id>``; sources and viewers are tokens."""
    kind = "token" if fact.kind in ("source", "viewer") else fact.kind
    return f"{kind}/{id_of(fact)}"

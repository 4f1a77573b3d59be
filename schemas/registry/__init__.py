"""The facts of ``campus.registry``: who exists, who belongs to whom and since when, who may send, who may look.

The topic is compacted: its key is :func:`fact_key`, its value one fact as JSON, or null when the fact was withdrawn.
"""

from schemas.registry.base import Dated, Fact, Instant, Lasting, Name, ScopeText, Sha256Hex
from schemas.registry.bonds import Agreement, CrossRegionPair, Membership, Mode
from schemas.registry.credentials import SourceCredential, ViewerCredential
from schemas.registry.dealings import Escalation, JointSession, ProjectVisit, SharedBus
from schemas.registry.grants import Access, Grant
from schemas.registry.people import Appointment, Duty, Person
from schemas.registry.places import Area, AreaLevel, Campus, Consortium
from schemas.registry.roles import Centre, Role
from schemas.registry.topic import FACT, AnyFact, fact_key, id_of

__all__ = [
    "FACT",
    "Access",
    "Agreement",
    "AnyFact",
    "Appointment",
    "Area",
    "AreaLevel",
    "Campus",
    "Centre",
    "Consortium",
    "CrossRegionPair",
    "Dated",
    "Duty",
    "Escalation",
    "Fact",
    "Grant",
    "Instant",
    "JointSession",
    "Lasting",
    "Membership",
    "Mode",
    "Name",
    "Person",
    "ProjectVisit",
    "Role",
    "ScopeText",
    "Sha256Hex",
    "SharedBus",
    "SourceCredential",
    "ViewerCredential",
    "fact_key",
    "id_of",
]

"""What two campuses do together for a time: it opens, to a core school, what the mode alone leaves shut.

Membership says how tightly a campus is bound; these facts say what is going on. Each is stated by whoever looks after
the campuses concerned, and opens nothing by itself: the matrix of authority names the cells in which it counts.
"""

from typing import Annotated, Literal

from pydantic import Field

from schemas.ids import (
    CampusId,
    ConsortiumId,
    EscalationId,
    JointSessionId,
    ProjectVisitId,
    SharedBusId,
    SystemName,
)
from schemas.registry.base import Dated, Lasting, Name

Systems = Annotated[frozenset[SystemName], Field(min_length=1, max_length=32)]


class JointSession(Lasting):
    """A lesson, meeting or exam of the shared table (同步课堂一张表) that one campus hosts and others take part in."""

    kind: Literal["joint_session"] = "joint_session"
    joint_session_id: JointSessionId
    host_campus_id: CampusId
    campus_ids: Annotated[frozenset[CampusId], Field(min_length=1, max_length=64)]
    """Those that take part; the host may be among them or not, it takes part anyway."""
    systems: Systems
    """What is shared in it: of a lesson for example ``lesson_ops`` and ``three_classrooms``."""


class SharedBus(Dated):
    """The buses that one campus runs carry pupils of other campuses too (校车县域整合)."""

    kind: Literal["shared_bus"] = "shared_bus"
    shared_bus_id: SharedBusId
    campus_id: CampusId
    """Whose buses they are: under which the events of the runs are kept."""
    rider_campus_ids: Annotated[frozenset[CampusId], Field(min_length=1, max_length=64)]
    """Whose pupils ride along."""


class ProjectVisit(Lasting):
    """Teachers of one campus work at another one for a project (走教、支教、项目评估) for a time."""

    kind: Literal["project_visit"] = "project_visit"
    project_visit_id: ProjectVisitId
    from_campus_id: CampusId
    to_campus_id: CampusId
    project: Name


class Escalation(Lasting):
    """A campus shows what is happening to its consortium, of its own accord: an alarm that it cannot answer alone."""

    kind: Literal["escalation"] = "escalation"
    escalation_id: EscalationId
    campus_id: CampusId
    consortium_id: ConsortiumId
    systems: Systems
    """What is shown while it lasts."""
    reason: Name

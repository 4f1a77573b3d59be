"""The routes of pupils' privacy, each with a body that makes sense; who may ask what is in ``tests/api/privacy``."""

from typing import Any, Final

from schemas.guardianship import Guardianship, Run
from schemas.ids import GuardianId, GuardianshipId
from tests.api.support.world import N2

PUPIL: Final = "p_8Zt3kQ1xW0aB"


def asked(campus_id: str) -> dict[str, Any]:
    """A request for erasure."""
    return {
        "campus_id": campus_id,
        "pupil_token": PUPIL,
        "ground": "guardian_request",
        "legal_basis": "pipl_47_3",
    }


def wanted(campus_id: str) -> dict[str, Any]:
    """A request for a copy."""
    return {"campus_id": campus_id, "pupil_token": PUPIL, "purpose": "guardian asks for a copy"}


ERASURES: Final = "/v1/privacy/erasures"
ERASURE: Final = "/v1/privacy/erasures/{erasure_id}"
APPROVAL: Final = "/v1/privacy/erasures/{erasure_id}/approval"
EXPORT: Final = "/v1/privacy/subjects/export"
OPENING: Final = "/v1/privacy/events/open"


def opening(campus_id: str, from_ms: int, to_ms: int) -> dict[str, Any]:
    """A request to open what is sealed of pupils on the bus."""
    span = {"from_ms": from_ms, "to_ms": to_ms}
    return span | {"campus_id": campus_id, "system": "school_bus", "purpose": "a child may be left on the bus"}


def guardianship_of(pupil_token: str) -> Guardianship:
    """Somebody of N2 who follows a pupil on one run."""
    run = Run(route_id="r1", direction="to_school", stop_id="s-1", pick_up_min=420, drop_off_min=450)
    return Guardianship(
        guardianship_id=GuardianshipId(f"gs-{pupil_token.lower()}"),
        guardian_id=GuardianId("gd-1"),
        campus_id=N2,
        pupil_token=pupil_token,
        runs=(run,),
        from_ms=0,
    )

"""The routes of pupils' privacy, each with a body that makes sense; who may ask what is in ``tests/api/privacy``."""

from typing import Any, Final

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

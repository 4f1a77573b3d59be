"""What an export says of itself: asked by whom, of what, as of which place in the log, each file's hash. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from api.export.order import ExportOrder, Made
from schemas.ids import EventTypeName
from schemas.systems import catalogue

FORMAT: Final = 1


def manifest(
    order: ExportOrder, known: Sequence[int], made: Sequence[Made], types: Mapping[str, int]
) -> dict[str, Any]:
    """The manifest as JSON data. ``positions`` are, by partition, the first offset of the log that is not in it."""
    question = order.question
    return {
        "manifest": FORMAT,
        "product": "Campanile",
        "made_ms": order.at_ms,
        "asked_by": order.asked_by,
        "purpose": question.purpose,
        "query": order.asked,
        "interval": {"from_ms": question.interval.from_ms, "to_ms": question.interval.to_ms, "clock": question.clock},
        "scope": [
            {
                "campus_id": slot.campus_id,
                "systems": sorted(slot.systems),
                "from_ms": slot.from_ms,
                "to_ms": slot.to_ms,
            }
            for slot in question.scope.slots
        ],
        "positions": {str(partition): offset for partition, offset in enumerate(known)},
        "is_complete": all(one.rows < order.limit for one in made),
        "events_by_type": dict(sorted(types.items())),
        "schema_versions": {name: _classification(name) for name in sorted(types)},
        "files": [
            {"name": one.name, "format": one.format, "rows": one.rows, "bytes": one.size, "sha256": one.sha256}
            for one in made
        ],
    }


def _classification(name: str) -> dict[str, str]:
    """Version and classification of a type as this version of the product declares it."""
    declared = catalogue().get(EventTypeName(name))
    return {
        "version": name.rpartition(".")[2],
        "classification": declared.classification.value if declared else "undeclared",
    }

"""The event contracts as JSON Schema (draft 2020-12) and one stored sample of each, as texts that can be compared.

``schemas/exported/<type>.json`` is what a sender's engineer reads and what the compatibility check compares with;
``schemas/samples/<type>.json`` is one whole event that must decode for ever. This module makes the texts; it reads and
writes no file.
"""

import json
from typing import Any, Final

from schemas.envelope import model_of
from schemas.events import EventType
from schemas.systems import catalogue

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_SAMPLE_TIME: Final = "2026-09-01T07:05:00.000+08:00"


def file_name(type_name: str) -> str:
    """The file of a type and version, for example ``canteen.temp.sampled.v1.json``."""
    return f"{type_name}.json"


def json_schema_of(declared: EventType) -> dict[str, Any]:
    """The JSON Schema of a whole event (envelope and data) of one type and version."""
    schema = model_of(declared).model_json_schema()
    schema["description"] = (declared.data.__doc__ or declared.name).strip()
    return {
        "$schema": DIALECT,
        "$id": f"urn:campanile:schema:{declared.name}",
        "x-classification": declared.classification.value,
        "x-subject": declared.subject_of,
        **schema,
    }


def sample_event_of(declared: EventType) -> dict[str, Any]:
    """A whole event as a sender would write it, made from the declaration's own sample."""
    return {
        "specversion": "1.0",
        "id": f"sample-{declared.name}",
        "source": f"urn:campanile:edge:c-421181-001:{declared.system}",
        "type": declared.name,
        "subject": f"{declared.subject_of.replace(' ', '-')}-1",
        "time": _SAMPLE_TIME,
        "campusid": "c-421181-001",
        "sequence": "1",
        "bootid": 1,
        "datacontenttype": "application/json",
        "data": declared.sample,
    }


def schema_texts() -> dict[str, str]:
    """Every type's schema as the text of its file, by file name."""
    return {file_name(name): as_text(json_schema_of(declared)) for name, declared in catalogue().items()}


def sample_texts() -> dict[str, str]:
    """Every type's sample as the text of its file, by file name."""
    return {file_name(name): as_text(sample_event_of(declared)) for name, declared in catalogue().items()}


def as_text(document: dict[str, Any]) -> str:
    """One spelling for one meaning: sorted members, two spaces, UTF-8, a last newline."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False) + "\n"

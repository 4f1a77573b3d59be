"""The little language of sentences. Pure.

``{field}`` is a value in words; ``{field?yes|no}`` chooses by a truth value; ``[… {field} …]`` is left out whole where
the field is missing. Instants (``…_ms``) are told as China's time of day, tokens of pupils never.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from schemas.clock import local_time_of_day_ms
from schemas.sentences.words import WORDS

Language = Literal["zh", "en"]
_OPTIONAL: Final = re.compile(r"\[([^\[\]]*)\]")
_FIELD: Final = re.compile(r"\{(\w+)(?:\?([^|{}]*)\|([^{}]*))?\}")
_SECRET: Final = frozenset({"pupil_token", "sealed"})
_LONGEST: Final = 120
_GENERIC_FIELDS: Final = 6
_UNKNOWN: Final = "—"


def fill(pattern: str, values: Mapping[str, Any], language: Language) -> str:
    """The sentence of a pattern."""

    def optional(found: re.Match[str]) -> str:
        part = found.group(1)
        return part if all(values.get(name) is not None for name, _, _ in _FIELD.findall(part)) else ""

    def field(found: re.Match[str]) -> str:
        name, yes, no = found.groups()
        if yes is not None:
            return str(yes if values.get(name) else no)
        return word(name, values.get(name), language)

    return _FIELD.sub(field, _OPTIONAL.sub(optional, pattern))


def generic(type_name: str, values: Mapping[str, Any], language: Language) -> str:
    """A sentence for a type of which nobody wrote one: its name, its subject and its first fields."""
    told = [
        f"{name} {word(name, value, language)}"
        for name, value in values.items()
        if name != "subject" and name not in _SECRET and not isinstance(value, dict | list)
    ]
    details = ("，" if language == "zh" else ", ").join(told[:_GENERIC_FIELDS])
    colon = "：" if language == "zh" else ": "
    head = f"{word('subject', values.get('subject'), language)} {type_name.rpartition('.')[0]}"
    return f"{head}{colon}{details}" if details else head


def word(name: str, value: object, language: Language) -> str:
    """A value in words."""
    if value is None or name in _SECRET:
        return _UNKNOWN
    if isinstance(value, bool):
        return {"zh": ("否", "是"), "en": ("no", "yes")}[language][value]
    if isinstance(value, list):
        return ("、" if language == "zh" else ", ").join(word(name, one, language) for one in value)[:_LONGEST]
    if isinstance(value, int) and name.endswith("_ms"):
        minutes = local_time_of_day_ms(value) // 60_000
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    if isinstance(value, float):
        return f"{value:g}"
    known = WORDS.get(str(value))
    return (known[0 if language == "zh" else 1] if known else str(value))[:_LONGEST]

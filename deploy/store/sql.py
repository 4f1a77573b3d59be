"""What kind of statement a text is: enough to know in which direction data will flow."""

import re
from dataclasses import dataclass

_LEADING = re.compile(r"\A(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)+", re.DOTALL)
_FORMAT = re.compile(r"\sFORMAT\s+\w+\s*\Z", re.IGNORECASE)
_NAME = r"(?:`(?:[^`\\]|\\.)+`|\"(?:[^\"\\]|\\.)+\"|\w+)"
_INSERT = re.compile(
    rf"INSERT\s+INTO\s+(?:TABLE\s+)?(?P<table>{_NAME}(?:\.{_NAME})?)\s*"
    r"(?:\((?P<columns>[^()]*(?:\([^()]*\)[^()]*)*)\)\s*)?"
    r"(?P<settings>\s*SETTINGS\s+.*?)?\s*(?:VALUES|FORMAT\s+\w+)?\s*",
    re.IGNORECASE | re.DOTALL,
)
_STREAMED = ("SELECT", "WITH", "FROM")


@dataclass(frozen=True)
class Insert:
    """An INSERT whose rows follow as blocks."""

    table: str
    columns: str | None
    settings: str

    @property
    def described(self) -> str:
        """What to describe in order to know the columns that are wanted."""
        return f"(SELECT {self.columns} FROM {self.table})" if self.columns else self.table  # noqa: S608 — the client's own text


@dataclass(frozen=True)
class Select:
    """A statement whose result may be long and is streamed."""

    sql: str


@dataclass(frozen=True)
class Command:
    """Any other statement: its result is small and taken whole."""

    sql: str


def parse(text: str) -> Insert | Select | Command:
    """The kind of a statement; comments before it and a FORMAT clause after it are dropped."""
    plain = _LEADING.sub("", text).rstrip("; \n\t")
    match = _INSERT.fullmatch(plain)
    if match:
        return Insert(match["table"], match["columns"], (match["settings"] or "").strip())
    plain = _FORMAT.sub("", plain)
    word = plain.split(None, 1)[0].upper() if plain else ""
    return Select(plain) if plain.startswith("(") or word.startswith(_STREAMED) else Command(plain)


def literal(text: str) -> str:
    """A text as an SQL string."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def identifier(name: str) -> str:
    """A name as a quoted SQL identifier."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"

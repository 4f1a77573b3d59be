"""The matrix of authority, read from ``matrix.toml`` into frozen tables; anything that it does not know is refused."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal, NamedTuple, get_args

from api.authority.conditions import CONDITIONS, Condition
from api.authority.verdict import Verdict
from schemas.errors import ConfigurationError
from schemas.ids import SystemName
from schemas.registry import Access, Centre, Mode, Role

Stands = Literal["membership", "campus", "area", "mandate", "pair", "nowhere"]
"""By what a role stands to a campus at all."""
ANY: Final = SystemName("*")
"""The line of every system that has none of its own."""
_LETTERS: Final = {
    "L": Access.LIVE,
    "H": Access.HISTORY,
    "A": Access.AGGREGATE,
    "C": Access.COMMAND,
    "Q": Access.REQUEST,
    "V": Access.VIDEO,
}
_ENTRY: Final = re.compile(r"([A-Z])(?:\(([a-z0-9_]+)\))?")
_ROLE_KEYS: Final = frozenset({"source", "stands", "minors"})


class MatrixError(ConfigurationError):
    """The table of authority holds what nobody knows, or lacks a cell."""

    code = "CAMP-110"


class Rule(NamedTuple):
    """One letter of one cell: ``granted`` when ``condition`` holds (None: always), else ``refused``."""

    condition: Condition | None
    granted: Verdict
    refused: Verdict


Cell = Mapping[Access, Rule]
"""A rule for every kind of access."""
Column = Mapping[SystemName, Cell]
"""By system; :data:`ANY` is always there."""


@dataclass(frozen=True)
class RoleRow:
    """What the table says of one role."""

    stands: Stands
    minors: frozenset[Access]
    """What holds for events that say something about a child as well."""
    columns: Mapping[str, Column]
    """By mode for roles that stand by membership, else under :data:`ANY`."""


@dataclass(frozen=True)
class Matrix:
    """Every role's row, and the systems of every functional centre."""

    roles: Mapping[Role, RoleRow]
    centres: Mapping[Centre, frozenset[SystemName]]
    systems: frozenset[SystemName]
    """Every system that the table names."""

    def systems_of(self, centres: Iterable[Centre]) -> frozenset[SystemName] | None:
        """The systems of some centres; None (every system) when none is named."""
        named = [self.centres[centre] for centre in centres]
        return frozenset().union(*named) if named else None


@cache
def default_matrix() -> Matrix:
    """The table that the product ships."""
    return read_matrix((files("api.authority") / "matrix.toml").read_text(encoding="utf-8"))


def read_matrix(text: str) -> Matrix:
    """The tables of a TOML text.

    Raises:
        MatrixError: a letter, condition, role, mode or centre is unknown, or a cell is missing.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(str(error)) from error
    _same_names("tables", table, {"centres", "mode", "role"})
    _same_names("roles", table["role"], set(Role))
    _same_names("centres", table["centres"], set(Centre))
    roles = {Role(name): _role(Role(name), row, table["mode"]) for name, row in table["role"].items()}
    centres = {Centre(name): frozenset(map(SystemName, found)) for name, found in table["centres"].items()}
    named = {system for row in roles.values() for column in row.columns.values() for system in column}
    return Matrix(roles, centres, frozenset(named.union(*centres.values())) - {ANY})


def _role(role: Role, row: dict[str, Any], by_mode: dict[str, dict[str, str]]) -> RoleRow:
    if row.get("stands") not in get_args(Stands) or not row.get("source"):
        raise _wrong(f"role {role}: needs a source, and stands by one of {', '.join(get_args(Stands))}")
    minors = frozenset(_letters(f"role {role}, minors", row.get("minors", "")))
    systems = {name: text for name, text in row.items() if name not in _ROLE_KEYS}
    if row["stands"] == "membership":
        _same_names(f"role {role}", systems, set())
        return RoleRow(row["stands"], minors, {mode.value: _mode_column(role, mode, by_mode) for mode in Mode})
    if ANY not in systems:
        raise _wrong(f'role {role}: no line "*"')
    return RoleRow(
        row["stands"],
        minors,
        {ANY: {SystemName(name): _cell(f"{role}/{name}", text) for name, text in systems.items()}},
    )


def _mode_column(role: Role, mode: Mode, by_mode: dict[str, dict[str, str]]) -> Column:
    column = {ANY: _cell(f"{role}/*/{mode}", "-")}
    for name, row in by_mode.items():
        _same_names(f"mode.{name}", row, {"source", *Mode})
        column[SystemName(name)] = _cell(f"{role}/{name}/{mode}", row[mode])
    return column


def _cell(name: str, text: str) -> Cell:
    letters = _letters(name, text)
    if Access.AGGREGATE not in letters:  # who may see the thing may count it
        wider = next((access for access in (Access.LIVE, Access.HISTORY) if access in letters), None)
        letters |= {Access.AGGREGATE: letters[wider]} if wider else {}
    return {access: _rule(f"{name}/{access}", access, letters) for access in Access}


def _rule(name: str, access: Access, letters: dict[Access, str]) -> Rule:
    refused = Verdict(allowed=False, rule=f"{name}/denied")
    if access not in letters:
        return Rule(None, refused, refused)
    condition = letters[access]
    form: Literal["full", "aggregate"] = "aggregate" if access is Access.AGGREGATE else "full"
    granted = Verdict(allowed=True, rule=f"{name}/{condition or 'allowed'}", form=form)
    return Rule(
        CONDITIONS[condition] if condition else None, granted, Verdict(allowed=False, rule=f"{name}/not_{condition}")
    )


def _letters(name: str, text: str) -> dict[Access, str]:
    """Each access of a cell's text with the name of its condition, empty for none."""
    found: dict[Access, str] = {}
    for part in [] if text == "-" else text.split():
        match = _ENTRY.fullmatch(part)
        if match is None or match[1] not in _LETTERS or (match[2] and match[2] not in CONDITIONS):
            raise _wrong(f"{name}: {part!r} is no letter with a known condition")
        found[_LETTERS[match[1]]] = match[2] or ""
    if not found and text != "-":
        raise _wrong(f"{name}: an empty cell; nothing is written -")
    return found


def _same_names(where: str, found: Iterable[str], wanted: set[str]) -> None:
    names = set(found)
    if names != {str(name) for name in wanted}:
        unlike = sorted(names.symmetric_difference({str(name) for name in wanted}))
        raise _wrong(f"{where}: unknown or missing: {', '.join(unlike)}")


def _wrong(cause: str) -> MatrixError:
    return MatrixError(
        "权限矩阵有误 / the matrix of authority is not acceptable", cause=cause, remedy="api/authority/matrix.toml"
    )

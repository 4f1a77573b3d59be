"""The matrix as data: what the loader takes, what it refuses, and that the shipped table says what it should."""

from collections.abc import Iterator

import pytest

from api.authority.matrix import ANY, MatrixError, default_matrix, read_matrix
from schemas.errors import ConfigurationError
from schemas.ids import SystemName
from schemas.registry import Access, Mode, Role
from schemas.systems import SYSTEMS

TEXT = "\n".join(
    [
        "[centres]",
        *(f'{name} = ["canteen"]' for name in ("teaching", "moral_education", "logistics", "safety", "general")),
        '[mode.canteen]\nsource = "2B"\nfusion = "L H(own_end)"\nco_built = "A"\ncooperative = "-"',
        *(
            f'[role.{role}]\nsource = "2C"\nminors = "-"\n'
            + ('stands = "membership"' if role == "supervisor" else 'stands = "campus"\n"*" = "L"')
            for role in Role
        ),
    ]
)


def test_a_complete_table_is_taken() -> None:
    matrix = read_matrix(TEXT)
    column = matrix.roles[Role.SUPERVISOR].columns[Mode.FUSION]
    assert column[SystemName("canteen")][Access.LIVE].granted.allowed
    assert column[SystemName("canteen")][Access.HISTORY].condition is not None
    assert not column[ANY][Access.LIVE].granted.allowed


@pytest.mark.parametrize(
    ("instead", "of"),
    [
        ("L X", "L H(own_end)"),
        ("L H(no_such_condition)", "L H(own_end)"),
        ("l", "L H(own_end)"),
        ("", "L H(own_end)"),
        ('"\nnobody = "L', "L H(own_end)"),
        ("campus_or_so", "campus"),
        ("role.emperor", "role.staff"),
        ("fission = ", "fusion = "),
        ('minors = "X"', 'minors = "-"'),
        ("astrology = ", "general = "),
        ('"none" = "L"', '"*" = "L"'),
        ("[role.staff]]", "[role.staff]"),
        ("[extra]\n[centres]", "[centres]"),
    ],
)
def test_what_the_loader_does_not_know_is_refused(instead: str, of: str) -> None:
    assert of in TEXT
    with pytest.raises(MatrixError) as refused:
        read_matrix(TEXT.replace(of, instead))
    assert isinstance(refused.value, ConfigurationError)
    assert refused.value.cause


@pytest.mark.parametrize("missing", ["fusion", "co_built", "cooperative", "source", "stands", '"*"'])
def test_a_missing_cell_is_refused(missing: str) -> None:
    lines = TEXT.splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith(missing + " "))
    with pytest.raises(MatrixError):
        read_matrix("\n".join(lines[:place] + lines[place + 1 :]))


def cells() -> Iterator[tuple[Role, str, str, str]]:
    """Of the shipped table, a row for each system that exists, as it is meant: role, column, system, letters."""
    supervisor = {
        "school_bus": ("LHAQ", "A", ""),
        "canteen": ("LHAQ", "A", ""),
        "net_health": ("LHAC", "LHAQ", "A"),
        "device_control": ("LHAC", "LHAQ", ""),
        "lesson_ops": ("LHA", "LHA", ""),
    }
    for role in (Role.SUPERVISOR, Role.HEAD):
        for system, letters in supervisor.items():
            for mode, text in zip(Mode, letters, strict=True):
                yield role, mode.value, system, text
    for role, text in {
        Role.PRINCIPAL: "LHAC",
        Role.STAFF: "",
        Role.BUREAU: "LHA",
        Role.TOWNSHIP: "A",
        Role.CITY: "A",
        Role.PROVINCE: "",
        Role.PARTNER: "",
        Role.GUARDIAN: "",
        Role.INSPECTOR: "HA",
        Role.AUDITOR: "",
        Role.INVESTIGATOR: "",
        Role.OPERATOR: "",
    }.items():
        yield role, ANY, "canteen", text
    yield Role.BUS_OPERATOR, ANY, "school_bus", "LHAC"
    yield Role.BUS_OPERATOR, ANY, "canteen", ""
    yield Role.AREA_LEAD, ANY, "lesson_ops", "A"
    yield Role.AREA_LEAD, ANY, "canteen", ""


LETTERS = {"L": Access.LIVE, "H": Access.HISTORY, "A": Access.AGGREGATE, "C": Access.COMMAND, "Q": Access.REQUEST}


@pytest.mark.parametrize(("role", "column", "system", "letters"), list(cells()))
def test_unconditional_letters_of_the_shipped_table(role: Role, column: str, system: str, letters: str) -> None:
    found = default_matrix().roles[role].columns[column]
    cell = found.get(SystemName(system)) or found[ANY]
    unconditional = {
        letter for letter, access in LETTERS.items() if cell[access].condition is None and cell[access].granted.allowed
    }
    assert unconditional == set(letters)


def test_every_system_of_the_product_has_a_row_by_mode() -> None:
    assert set(SYSTEMS) - default_matrix().systems == set()


def test_no_role_of_the_shipped_table_has_video_without_a_grant() -> None:
    rows = default_matrix().roles.values()
    with_video = [
        cell[Access.VIDEO].granted.rule
        for row in rows
        for column in row.columns.values()
        for cell in column.values()
        if cell[Access.VIDEO].granted.allowed
    ]
    assert with_video
    assert all("/video/" in rule for rule in with_video)

import re

import pytest

from tests.lints.repository import ROOT
from tests.lints.scoped_queries import MAKERS, findings

CREATED = re.compile(r"CREATE (?:TABLE|MATERIALIZED VIEW) IF NOT EXISTS (\w+)")
_OFFSETS = "tells how far the archive reaches: partitions, offsets and times of the log, of no campus and no event"
_LOOKED_AT = "asks for documents, which `documents_of` alone makes, from the scope of a look or of a replay's instant"
_PLACES = "asks for the places that `PortionReader` read by the predicate of the replay"
_TO_DECIDE = "finds whose event it is; `require_event` decides on that before a word of it is told"
_HASHED = "reads leaves around events that were decided on; of the others only hashes leave the room"
_NARROWED = "puts together or narrows slots of a decided scope, and adds none"
_AUDITED = "an auditor has events of the areas of the appointment proven: each campus is asked for by `_is_audited`"
_OWN_CHILD = "the bus rides of a guardian's child: the guardianship's campus and time, and the child's own names"
_ROWS = "names the rows of a query that asked for these very documents"

SAFE = {
    "api.access.watching.watched_scope": "the record of access alone, of the campuses that the watching role sees",
    "api.guardian.own_copy.kept_of": _OWN_CHILD,
    "api.guardian.past_trips.past_trips": _OWN_CHILD,
    "api.history.positions.fixes": _NARROWED,
    "api.history.reading._SETTLED": _OFFSETS,
    "api.history.reading.known_log": _OFFSETS,
    "api.history.windows.Windows.scope": _NARROWED,
    "api.past.asked.documents_of": "takes the documents out of a decided scope",
    "api.past.asked.readable": _NARROWED,
    "api.past.extent._EDGE": _OFFSETS,
    "api.past.extent._LAST": _OFFSETS,
    "api.past.extent._LOST": _OFFSETS,
    "api.past.extent._LOST_AT": _OFFSETS,
    "api.past.extent._OLDEST": _OFFSETS,
    "api.past.records._FRAMES": "reads frames at the places of looked-at documents; `only_of` drops other campuses",
    "api.past.records._PLACES": _LOOKED_AT,
    "api.past.records._TICKS": "reads ticks of the log, which hold an instant and nothing else",
    "api.past.records._places": _ROWS,
    "api.past.snapshots._NEWEST": _LOOKED_AT,
    "api.past.snapshots._VALUES": _LOOKED_AT,
    "api.past.snapshots._newest": _ROWS,
    "api.past.was._EVENTS": _LOOKED_AT,
    "api.past.was._events": _ROWS,
    "api.privacy.export._READ": "one pupil's own events by the pupil's keys, for the principal of the pupil's campus",
    "api.proof.asking._audited_slots": _AUDITED,
    "api.proof.asking.bundle_question": _AUDITED,
    "api.proof.inclusion.find_by_id": _TO_DECIDE,
    "api.proof.inclusion.find_by_position": _TO_DECIDE,
    "api.proof.stored_events": _HASHED,
    "api.replay.alerts._ALERTS": "renames columns; both selects from it have the predicate of the replay",
    "api.replay.cutting._FRAMES": _PLACES,
    "api.replay.horizon._LOST": _OFFSETS,
    "api.replay.horizon._NEAR": _OFFSETS,
    "api.replay.horizon._SETTLED": _OFFSETS,
    "api.replay.rewriting._COLUMNS": _PLACES,
    "api.replay.sight._asked_sight": _NARROWED,
    "api.replay.sight.clip": _NARROWED,
}
"""What reads without a predicate, or makes a scope by hand, and why it may; each was read through to its route.

A constant, a function, or a whole module that does nothing else.
"""

_IMPORTS = """
from api.history.predicate import where, where_told
from api.history.reading import conditions
from api.replay.query import ReplayQuery
"""


def asking(sql: str, *lines: str) -> str:
    """The source of a function that makes a predicate, does what the lines say, and gives an f-string of SQL."""
    body = ('p = where(scope, "occurred")', *lines, f"return f{sql!r}")
    return f"{_IMPORTS}def f(scope, mine):\n    " + "\n    ".join(body)


def filling(sql: str, filled: str, rest: str = "") -> str:
    """The source of a constant SQL text and a function that fills its field."""
    return f"{_IMPORTS}SQL = {sql!r}\ndef f(scope, mine, query):\n    return SQL.format(scope={filled})\n{rest}"


REFUSED = {
    "no WHERE": asking("SELECT data FROM events"),
    "constant": 'SQL = "SELECT data FROM events FINAL WHERE campus_id = %(campus)s"',
    "constant of a class": 'class A:\n    SQL = "SELECT data FROM events"',
    "text under a condition": 'if True:\n    SQL = "SELECT data FROM events"',
    "join": 'SQL = "SELECT 1 FROM numbers(1) JOIN alerts ON 1"',
    "table by a field": 'SQL = "SELECT 1 FROM {table} WHERE partition = 0"',
    "table by an f-string": asking("SELECT 1 FROM {mine}"),
    "table by a sum": 'def f(table):\n    return "SELECT 1 FROM " + table',
    "scope in the SELECT alone": asking("SELECT {p.sql} FROM events WHERE 1"),
    "scope after an OR": asking("SELECT 1 FROM events WHERE type = 1 OR {p.sql}"),
    "scope within an OR": asking("SELECT 1 FROM events WHERE ({p.sql} OR 1)"),
    "scope under a NOT": asking("SELECT 1 FROM events WHERE NOT {p.sql}"),
    "scope that an OR was put to": asking("SELECT 1 FROM events WHERE {t}", 't = p.sql + " OR 1"'),
    "scope joined by OR": asking("SELECT 1 FROM events WHERE {t}", 't = " OR ".join([p.sql, mine])'),
    "scope in the GROUP BY": asking("SELECT 1 FROM events WHERE 1 GROUP BY {p.sql}"),
    "scope around an IN": asking("SELECT 1 FROM events WHERE {p.sql} AND id IN (SELECT id FROM frames)"),
    "one of two selects": asking("SELECT 1 FROM events WHERE {p.sql} UNION ALL SELECT 1 FROM events"),
    "something else": asking("SELECT 1 FROM events WHERE {mine}"),
    "scope that is replaced": asking("SELECT 1 FROM events WHERE {t}", "t = p.sql", 't = "1"'),
    "function of the same name": asking("SELECT 1 FROM events WHERE {p.sql}").replace("predicate", "elsewhere"),
    "constant filled with something else": filling("SELECT 1 FROM events WHERE {scope}", "mine"),
    "constant that is used bare as well": filling(
        "SELECT 1 FROM events WHERE {scope}", 'where(scope, "occurred").sql', "def g():\n    return SQL"
    ),
    "constant that nobody fills": 'SQL = "SELECT 1 FROM events WHERE {scope}"',
    "slot made by hand": "def f(campus):\n    return Slot(campus, SYSTEMS, 0, 1)",
    "scope made by hand": "def f(slots):\n    return scope.Scope(tuple(slots))",
    "predicate made by hand": 'def f():\n    return Predicate("1", {})',
    "document named by hand": 'def f(campus):\n    return DocumentId(campus, "canteen")',
}
ALLOWED = {
    "predicate": asking("SELECT 1 FROM events FINAL WHERE {p.sql} LIMIT 1"),
    "predicate of several terms": asking("SELECT 1 FROM events PREWHERE a > (1 + 2) AND {p.sql} ORDER BY a"),
    "predicate by way of a list": asking(
        "SELECT 1 FROM alerts WHERE {t} ORDER BY at", 'parts = [p.sql, "type = 1"]', 't = " AND ".join(parts)'
    ),
    "conditions of a question": asking(
        "SELECT 1 FROM events WHERE {c} GROUP BY type", "c, d = conditions(mine, (), 0)", 'c += " AND offset > 1"'
    ),
    "constant": filling("SELECT 1 FROM events WHERE type = 1 AND {scope}", 'where(scope, "occurred").sql'),
    "condition of a replay": filling("SELECT 1 FROM {scope} WHERE {scope}", "query.between(0, 1).sql"),
    "select around a select": asking("SELECT 1 FROM (SELECT a FROM events WHERE a > 1) WHERE {p.sql}"),
    "table of nobody's": 'SQL = "SELECT name FROM system.tables"',
    "words in a docstring": 'def f():\n    """Takes it from events."""',
    "empty scope": "def f():\n    return Scope(())",
}


def tables() -> frozenset[str]:
    """Every table and view that the migrations make."""
    migrations = (ROOT / "schemas" / "store").glob("*.sql")
    return frozenset(name for path in migrations for name in CREATED.findall(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("source", REFUSED.values(), ids=REFUSED)
def test_lint_of_queries_refuses(source: str) -> None:
    assert findings("api.some.module", source, tables())


@pytest.mark.parametrize("source", ALLOWED.values(), ids=ALLOWED)
def test_lint_of_queries_allows(source: str) -> None:
    assert findings("api.some.module", source, tables()) == []


def test_finding_names_the_function_and_the_line() -> None:
    (found,) = findings("api.x", 'class A:\n    def f(self):\n        return "SELECT 1 FROM events"', tables())
    assert (found.site, found.line) == ("api.x.A.f", 3)


@pytest.mark.parametrize("returned", ["question.sql, {}", 'f"{predicate.sql} OR 1", {}', "None"])
def test_maker_that_returns_no_predicate_is_found(returned: str) -> None:
    (module, (name,)) = list(MAKERS.items())[1]
    source = (
        f"{_IMPORTS}def {name}(question):\n    predicate = where(question.scope, 'occurred')\n    return {returned}"
    )
    assert [found.site for found in findings(module, source, tables())] == [f"{module}.{name}"]


def test_every_maker_exists() -> None:
    for module, names in MAKERS.items():
        source = (ROOT / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8")
        assert [name for name in names if f"def {name}(" not in source] == []


def test_every_query_of_the_api_has_the_predicate_of_its_scope_or_a_reason() -> None:
    found = {
        finding.site: f"line {finding.line}: {finding.what}"
        for path in sorted((ROOT / "api").rglob("*.py"))
        for finding in findings(_name(str(path.relative_to(ROOT))), path.read_text(encoding="utf-8"), tables())
    }
    assert {"events", "frames", "alerts", "snapshots", "log_index", "archive_ranges"} <= tables()
    assert {site: what for site, what in found.items() if not any(_is_of(site, name) for name in SAFE)} == {}
    assert [name for name in SAFE if not any(_is_of(site, name) for site in found)] == [], "exemptions without need"


def _is_of(site: str, name: str) -> bool:
    return site == name or site.startswith(f"{name}.")


def _name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

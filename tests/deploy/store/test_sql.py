"""In which direction data flows."""

import pytest

from deploy.store.sql import Command, Insert, Select, identifier, literal, parse


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("SELECT 1", Select),
        ("-- why\n/* what */ select 1 FORMAT JSON;", Select),
        ("(SELECT 1) UNION ALL (SELECT 2)", Select),
        ("WITH 1 AS x SELECT x", Select),
        ("SHOW TABLES", Command),
        ("CREATE TABLE t (x Int8) ENGINE = Null", Command),
        ("INSERT INTO t SELECT 1", Command),
        ("INSERT INTO t VALUES (1), (2)", Command),
        ("", Command),
        ("INSERT INTO t VALUES", Insert),
        ("insert into d.t (a, b) format Native", Insert),
        ("INSERT INTO TABLE `odd name` (a) SETTINGS x = 1 VALUES", Insert),
    ],
)
def test_statements_are_told_apart(text: str, kind: type) -> None:
    assert isinstance(parse(text), kind)


def test_an_insert_is_taken_apart() -> None:
    insert = parse("INSERT INTO d.t (a, b) SETTINGS x = 1 VALUES")
    assert isinstance(insert, Insert)
    assert (insert.table, insert.columns, insert.settings) == ("d.t", "a, b", "SETTINGS x = 1")
    assert insert.described == "(SELECT a, b FROM d.t)"


def test_comments_and_the_format_are_dropped() -> None:
    assert parse("/* a */ -- b\n SELECT 1 FORMAT TSV ;") == Select("SELECT 1")


def test_quotes_are_escaped() -> None:
    assert literal("a'b\\c") == "'a\\'b\\\\c'"
    assert identifier("a`b") == "`a\\`b`"

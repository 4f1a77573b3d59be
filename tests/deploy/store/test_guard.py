"""SQL that would reach outside of the store."""

import pytest

from deploy.store.faults import RefusedStatement
from deploy.store.guard import refuse_escapes

REACHING = [
    "SELECT file('/etc/passwd')",
    "SELECT FILE ('/etc/passwd')",
    "SELECT `file`('/etc/passwd')",
    "SELECT “file”('/etc/passwd')",
    "SELECT file/* */('/etc/passwd')",
    "SELECT file\u200b('/etc/passwd')",
    "SELECT `fi\\x6ce`('/etc/passwd')",
    "SELECT `\\\\\\x66ile`('/etc/passwd')",
    "SELECT arrayMap(file, ['/etc/passwd'])",
    "SELECT * APPLY file FROM (SELECT '/etc/passwd')",
    "SELECT 1; SELECT file('/etc/passwd')",
    "SELECT 1 INTO/**/OUTFILE '/tmp/x'",
    "INSERT INTO t FROM INFILE '/etc/passwd' FORMAT LineAsString",
    "SELECT * FROM python('x')",
    "SELECT * FROM eval('SELECT 1')",
    "SELECT aiGenerate('x')",
    "SELECT AIGenerate('x')",
]
HARMLESS = [
    "SELECT profile, filename, files FROM t",
    "SELECT '\\\\x41'",
    "SELECT 'C:\\\\temp'",
    "SELECT x FROM frames_in",
    "SELECT evaluate, aims FROM t",
]


@pytest.mark.parametrize("sql", REACHING)
def test_a_statement_that_reaches_outside_is_refused(sql: str) -> None:
    with pytest.raises(RefusedStatement):
        refuse_escapes(sql)


@pytest.mark.parametrize("sql", HARMLESS)
def test_a_statement_that_only_looks_like_it_passes(sql: str) -> None:
    refuse_escapes(sql)

r"""Refuses SQL that would reach outside of the store.

Grants (:mod:`deploy.store.engine_files`) close every table function and engine that reads a file, an address or a
program. What they do not close, because the embedded engine takes itself for a command line tool, is closed here: the
*scalar* function ``file()``, ``INTO OUTFILE``, ``FROM INFILE``, the Python table function, the functions that call
language models over the network, and ``eval``, which would hide any of these in a string.

The rule is deliberately blunt, since a clever one can be tricked by quoting, comments or ``APPLY(file)``: those words
may not stand in a statement at all, not even in a literal; and no character may be written as ``\xHH``, which would
spell them unseen. Data blocks are not looked at: a value is never code.
"""

import re

from deploy.store.faults import RefusedStatement

_AI = "ai(?:generate|filter|embed|classify|extract|redact|translate|similarity)"
_WORDS = re.compile(rf"(?<!\w)(file|outfile|infile|python|eval|executable|{_AI})(?!\w)", re.IGNORECASE)
_HEX_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\x", re.IGNORECASE)


def refuse_escapes(sql: str) -> None:
    """Let a statement pass, or not.

    Raises:
        RefusedStatement: it holds a word or an escape that could reach outside of the store.
    """
    word = _WORDS.search(sql)
    if word:
        raise RefusedStatement(
            f"The word '{word[1]}' may not stand in a statement to the embedded store, not even in a literal: "
            "it could read or write outside of it. Send values as data, or use another name"
        )
    if _HEX_ESCAPE.search(sql):
        raise RefusedStatement(r"A statement to the embedded store may not hold \x escapes; write the character itself")

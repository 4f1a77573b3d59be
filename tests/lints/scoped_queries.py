"""No query of the store without the predicate of its scope. Pure: source text in, findings out.

A scope that was worked out and then not used looks, in review, like one that was. So this reads every SQL text of the
API and asks of each table that it reads whether the rows are cut to a scope. They are when, among the terms that AND
joins after that table's WHERE (or the WHERE of the select around it), one is nothing but a field, and what fills the
field comes from :mod:`api.history.predicate`, or from one of :data:`MAKERS`, which are held to the same. Any OR in that
WHERE, or in the function that fills it, undoes it. What reads otherwise, and whatever makes a scope by hand, has to
stand in a table with its reason.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from tests.lints.predicate_flow import OR, Flow, strings_of, text_of

MAKERS: Final = {
    "api.history.predicate": ("where", "where_told"),
    "api.history.reading": ("conditions",),
    "api.replay.query": ("between", "alerts_between", "_archived"),
}
"""Whose results hold the predicate of a scope: the first by trust and its own tests, the others by this lint."""
TRUSTED: Final = "api.history.predicate"
HAND_MADE: Final = ("Scope", "Slot", "Predicate", "DocumentId")
"""What says how much may be read; the past asks for the documents of a scope by their ids."""
HOME: Final = ("api.authority.scope", TRUSTED)
"""Where scopes and predicates are made."""
_READ: Final = re.compile(r"\b(?:FROM|JOIN)\s+\(?\s*(\w+|\{\w+(?::\w+)?\})")
_WORTH_READING: Final = re.compile(rf"\b(?:FROM|JOIN)\b|\b(?:{'|'.join(HAND_MADE)})\(")
"""Most modules neither read the store nor make a scope, and need not be parsed."""
_FIELD: Final = re.compile(r"\{(\w+)(?::\w+)?\}")
_WHERE: Final = re.compile(r"\b(?:PRE)?WHERE\b")
_AFTER_WHERE: Final = re.compile(r"\b(?:GROUP BY|ORDER BY|HAVING|LIMIT|UNION|SETTINGS)\b")


@dataclass(frozen=True)
class Finding:
    """A place where the scope is not plain to see: ``site`` is the function or constant, with its module."""

    site: str
    line: int
    what: str


@dataclass(frozen=True)
class _Text:
    """An SQL text; its fields stand in braces, those of an f-string by number."""

    node: ast.expr
    owner: ast.stmt
    name: str
    text: str
    fields: dict[str, ast.expr] = field(default_factory=dict)


def findings(module: str, source: str, tables: Iterable[str]) -> list[Finding]:
    """Every read of one of the tables without its scope, and every scope made by hand, in the module of that name."""
    if module not in MAKERS and not _WORTH_READING.search(source):
        return []
    tree, wanted = ast.parse(source), frozenset(tables)
    makers = _makers_known_to(module, tree)
    unscoped = [
        Finding(f"{module}.{text.name}", text.node.lineno, f"reads {table} without the predicate of a scope")
        for text in _texts(tree)
        for table, terms in _reads(text.text, wanted)
        if not any(_is_scope(text, term, tree, makers) for term in terms)
    ]
    return [*unscoped, *_hand_made(module, tree), *_broken_makers(module, tree, makers)]


def _makers_known_to(module: str, tree: ast.Module) -> frozenset[str]:
    """The makers that a module imports, or is the home of; methods come with their class."""
    known = set(MAKERS.get(module, ()))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            known.update(name for name in MAKERS.get(node.module or "", ()) if _brings(node, name))
    return frozenset(known)


def _brings(node: ast.ImportFrom, name: str) -> bool:
    imported = {alias.name for alias in node.names if alias.asname is None}
    return name in imported or (name.endswith("between") and "ReplayQuery" in imported)


def _texts(tree: ast.Module) -> Iterator[_Text]:
    """The string expressions of a module, each whole."""
    for name, owner in _owners(tree.body):
        for node in strings_of(owner):
            fields: dict[str, ast.expr] = {}
            yield _Text(node, owner, name, text_of(node, fields), fields)


def _owners(body: Iterable[ast.stmt], prefix: str = "") -> Iterator[tuple[str, ast.stmt]]:
    """The functions and the other statements of a module or class, by name."""
    for node in body:
        match node:
            case ast.ClassDef(name=name, body=inner):
                yield from _owners(inner, f"{prefix}{name}.")
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield prefix + name, node
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield prefix + name, node
            case _:
                yield f"{prefix}line {node.lineno}", node


def _reads(text: str, tables: frozenset[str]) -> Iterator[tuple[str, list[str]]]:
    """Each table (or a field in its place) that a text reads, with the fields that are terms of its WHERE."""
    for match in _READ.finditer(text):
        if match[1] in tables or match[1].startswith("{"):
            start, terms = match.start(1), []
            while start >= 0:
                terms += _terms(text[start:])
                start = _select_around(text, start)
            yield match[1], terms


def _terms(text: str) -> list[str]:
    """The fields that are whole terms of the WHERE of the select whose FROM begins the text."""
    flat, depth = [], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            break
        if depth == 0 and letter != ")":
            flat.append(letter)
    _, *wheres = _WHERE.split(_AFTER_WHERE.split("".join(flat))[0])
    if any(OR.search(where) for where in wheres):
        return []
    terms = (term.strip() for where in wheres for term in where.split(" AND "))
    return [found[1] for term in terms if (found := _FIELD.fullmatch(term))]


def _select_around(text: str, start: int) -> int:
    """Where the FROM of the select begins that reads the select around ``start``; -1: there is none."""
    depth = 0
    for place in range(start - 1, -1, -1):
        depth += (text[place] == ")") - (text[place] == "(")
        if depth < 0:
            return place if re.search(r"\bFROM\s*$", text[:place]) else -1
    return -1


def _is_scope(text: _Text, name: str, tree: ast.Module, makers: frozenset[str]) -> bool:
    """Whether what fills a field of a text is the predicate of a scope, wherever the text is used."""
    if name in text.fields:
        return Flow(text.owner, makers).is_scoped(text.fields[name])
    uses = [
        (function, node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute) and _is_name(node.value, text.name)
    ]
    loads = sum(isinstance(node, ast.Name) and _is_name(node, text.name) for node in ast.walk(tree)) - 1
    return loads == len(uses) > 0 and all(
        any(Flow(function, makers).is_scoped(value) for value in _filling(function, use, name))
        for function, use in uses
    )


def _filling(function: ast.AST, use: ast.Attribute, name: str) -> Iterator[ast.expr]:
    """What ``use``, the ``format`` of a text, fills a field with."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and node.func is use and use.attr == "format":
            yield from (keyword.value for keyword in node.keywords if keyword.arg == name)


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _hand_made(module: str, tree: ast.Module) -> Iterator[Finding]:
    """Scopes and predicates that are made elsewhere than at home; one that holds nothing is harmless."""
    if module in HOME:
        return
    for name, owner in _owners(tree.body):
        for node in ast.walk(owner):
            match node:
                case ast.Call(args=[ast.Tuple(elts=[])], keywords=[]):
                    continue
                case ast.Call(func=ast.Name(id=made) | ast.Attribute(attr=made)) if made in HAND_MADE:
                    yield Finding(f"{module}.{name}", node.lineno, f"makes a {made} by hand")


def _broken_makers(module: str, tree: ast.Module, makers: frozenset[str]) -> Iterator[Finding]:
    """Functions of :data:`MAKERS` that return something without a predicate."""
    if module == TRUSTED:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in MAKERS.get(module, ()):
            flow = Flow(node, makers - {node.name})
            returned = [it.value for it in ast.walk(node) if isinstance(it, ast.Return)]
            if not returned or not all(_is_made(flow, value) for value in returned):
                yield Finding(f"{module}.{node.name}", node.lineno, "returns no predicate of a scope")


def _is_made(flow: Flow, value: ast.expr | None) -> bool:
    """Whether a returned value is a predicate; of several values the first."""
    first = value.elts[0] if isinstance(value, ast.Tuple) else value
    return first is not None and flow.is_made(first)

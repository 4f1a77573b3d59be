"""Follows the predicate of a scope through a function, from the call that makes it into a text. Pure."""

import ast
import re
from collections.abc import Iterator
from typing import Final

OR: Final = re.compile(r"\bOR\b")
"""What undoes a predicate that it is joined to."""
_PREDICATES: Final = ("Predicate", "Condition")


def strings_of(node: ast.AST) -> Iterator[ast.expr]:
    """The string expressions within a node, each whole; not those inside of another."""
    for child in ast.iter_child_nodes(node):
        is_text = isinstance(child, ast.JoinedStr | ast.BinOp) or (
            isinstance(child, ast.Constant) and isinstance(child.value, str)
        )
        if is_text:
            assert isinstance(child, ast.expr)
            yield child
        else:
            yield from strings_of(child)


def text_of(node: ast.expr, fields: dict[str, ast.expr]) -> str:
    """The text with every inserted value as a numbered field."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(text_of(value, fields) for value in values)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return text_of(left, fields) + text_of(right, fields)
        case _:
            name = str(len(fields))
            fields[name] = node.value if isinstance(node, ast.FormattedValue) else node
            return f"{{{name}}}"


class Flow:
    """Which names of a function hold a predicate, and which a text with a predicate's SQL in it.

    A name counts only if it is never bound to anything else.
    """

    def __init__(self, function: ast.AST, makers: frozenset[str]) -> None:
        self._makers = makers
        self._predicates = set(_predicate_parameters(function))
        self._texts: set[str] = set()
        self._spoiled: set[str] = set()
        self._has_or = any(OR.search(text) for text in _words(function))
        for _ in range(3):  # a name may be made of one that is bound further down
            self._spoiled.clear()
            for node in ast.walk(function):
                self._bind(node)

    def is_scoped(self, value: ast.expr) -> bool:
        """Whether a value is made of the SQL of a predicate."""
        return not self._has_or and self._holds_text(value)

    def is_made(self, value: ast.expr) -> bool:
        """Whether a value is a predicate, or made of the SQL of one."""
        return not self._has_or and (self._is_predicate(value) or self._holds_text(value))

    def _bind(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=[first, *_])], value=ast.Call() as call):
                if isinstance(first, ast.Name) and self._is_predicate(call):
                    self._texts.add(first.id)
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                for name, value in zip(names, values, strict=True):
                    self._note(name, value)
            case ast.Assign(targets=[name], value=value):
                self._note(name, value)

    def _note(self, name: ast.expr, value: ast.expr) -> None:
        if isinstance(name, ast.Name):
            if self._is_predicate(value):
                self._predicates.add(name.id)
            elif self._holds_text(value):
                self._texts.add(name.id)
            else:
                self._spoiled.add(name.id)

    def _is_predicate(self, value: ast.expr) -> bool:
        match value:
            case ast.Name(id=name):
                return name in self._predicates - self._spoiled
            case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
                return name in self._makers
        return False

    def _holds_text(self, value: ast.expr) -> bool:
        return any(
            (isinstance(node, ast.Name) and node.id in self._texts - self._spoiled)
            or (isinstance(node, ast.Attribute) and node.attr == "sql" and self._is_predicate(node.value))
            for node in ast.walk(value)
        )


def _words(function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _predicate_parameters(function: ast.AST) -> Iterator[str]:
    if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        for argument in (*function.args.args, *function.args.kwonlyargs):
            if isinstance(argument.annotation, ast.Name) and argument.annotation.id in _PREDICATES:
                yield argument.arg

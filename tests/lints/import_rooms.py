"""Which room may import what. Pure: source text in, violations out.

The product was once a drawing in which arrows went one way. A drawing does not stop anybody, so this does: `schemas` is
what is said, `ingest`, `streams` and `api` do not know each other (`api` may use the pure parts of `streams` and the
pupils' keys that `ingest` seals with), and only `deploy` knows everybody.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

ROOMS = ("schemas", "ingest", "streams", "api", "deploy")
SCHEMAS_MAY_USE = frozenset({"schemas", "pydantic", "pydantic_core", "msgspec"})
PURE_MAY_NOT_USE = frozenset(
    {"kafka", "aiokafka", "faust", "mode", "clickhouse_driver", "chdb", "fastapi", "starlette", "uvicorn", "aiohttp"}
    | {"structlog", "prometheus_client", "asyncio", "socket", "threading", "subprocess", "random", "secrets", "os"}
    | {"time", "logging"}
)
"""What would give a pure module a clock, a network, randomness or a log."""
IMPURE_AT_IMPORT = frozenset(
    {"os.environ", "os.getenv", "logging.basicConfig", "structlog.configure", "FastAPI", "fastapi.FastAPI"}
    | {"faust.App", "KafkaProducer", "KafkaConsumer", "KafkaAdminClient", "AIOKafkaProducer", "AIOKafkaConsumer"}
    | {"Client", "clickhouse_driver.Client", "load_settings", "configure_logging", "asyncio.run"}
)


ARCHIVE_READERS = tuple(
    f"streams.archive.{name}"
    for name in (
        *("block", "block_tree", "heads", "leaf_index", "merkle", "placing", "proving", "ranges", "reading", "sealing"),
        *("settings", "signing", "store_client", "tree_proofs"),
    )
)
"""The parts of the archive that read and prove: what writes is nobody's but the archive's own."""


@dataclass(frozen=True)
class Violation:
    """One thing that a module must not do."""

    module: str
    line: int
    reason: str


@dataclass(frozen=True)
class Rule:
    """What the modules under ``scope`` may not import."""

    scope: str
    refuses: Callable[[str], bool]
    reason: str


def _under(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def _top(module: str) -> str:
    return module.partition(".")[0]


RULES = (
    Rule(
        "schemas",
        lambda it: _top(it) not in SCHEMAS_MAY_USE and _top(it) not in sys.stdlib_module_names,
        "schemas imports only pydantic and msgspec",
    ),
    Rule("ingest", lambda it: _under(it, "streams", "api", "deploy"), "ingest imports no other room but schemas"),
    Rule(
        "ingest.privacy",
        lambda it: _under(it, "ingest") and not _under(it, "ingest.privacy"),
        "the pupils' keys know nothing of the gateway that seals with them",
    ),
    Rule("streams", lambda it: _under(it, "ingest", "api", "deploy"), "streams imports no other room but schemas"),
    Rule("streams.core", lambda it: _top(it) in PURE_MAY_NOT_USE, "the core of streams is pure"),
    Rule("streams.systems", lambda it: _top(it) in PURE_MAY_NOT_USE, "a campus system is pure"),
    Rule(
        "streams.core",
        lambda it: _under(it, "streams.engine", "streams.archive", "streams.systems"),
        "the core of streams knows neither engine, archive nor any system",
    ),
    Rule(
        "streams.systems",
        lambda it: _under(it, "streams.engine", "streams.archive"),
        "a campus system knows neither engine nor archive",
    ),
    Rule("api", lambda it: _under(it, "deploy"), "api does not import deploy"),
    Rule(
        "api",
        lambda it: _under(it, "ingest") and not _under(it, "ingest.privacy"),
        "of ingest, api imports the pupils' keys alone",
    ),
    Rule(
        "api",
        lambda it: _under(it, "streams") and not _under(it, "streams.core", "streams.systems", *ARCHIVE_READERS),
        "of streams, api imports the pure parts and the archive's readers alone",
    ),
    *(Rule(room, lambda it: _under(it, "tests"), "the product does not import its tests") for room in ROOMS),
)


def violations(module: str, source: str) -> list[Violation]:
    """Everything that is wrong with the module of that dotted name."""
    tree = ast.parse(source)
    return [*_wrong_imports(module, tree), *_work_at_import(module, tree)]


def _wrong_imports(module: str, tree: ast.Module) -> Iterator[Violation]:
    rules = [rule for rule in RULES if _under(module, rule.scope)]
    for line, imported in imports_of(tree):
        if imported.startswith("."):
            yield Violation(module, line, "imports are absolute")
        for rule in rules:
            if rule.refuses(imported):
                yield Violation(module, line, f"{rule.reason}: {imported}")


def imports_of(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every import: anywhere, for types only, or by ``import_module`` of a literal."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=name, level=level, names=names):
                base = "." * level + (name or "")
                yield from ((node.lineno, f"{base}.{alias.name}" if name else base) for alias in names)
            case ast.Call(func=function, args=[first, *_]) if _dotted(function).endswith(
                ("import_module", "__import__")
            ):
                if literal := _literal_start(first):
                    yield node.lineno, literal.rstrip(".")


def _literal_start(node: ast.expr) -> str:
    """The text, or the text before the first replacement field, of a string."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
            return text
        case _:
            return ""


def _work_at_import(module: str, tree: ast.Module) -> Iterator[Violation]:
    for node in _executed_at_import(tree):
        if isinstance(node, ast.Attribute | ast.Call):
            name = _dotted(node.func if isinstance(node, ast.Call) else node)
            if name in IMPURE_AT_IMPORT:
                yield Violation(module, node.lineno, f"nothing connects, reads or configures at import: {name}")


def _executed_at_import(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when the module is imported: not the bodies of functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in (*child.decorator_list, *child.args.defaults, *(it for it in child.args.kw_defaults if it)):
                yield part
                yield from _executed_at_import(part)
        elif not isinstance(child, ast.Lambda):
            yield child
            yield from _executed_at_import(child)


def _dotted(node: ast.AST) -> str:
    """``a.b.c`` of an attribute chain, or an empty string."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            return f"{base}.{attr}" if (base := _dotted(value)) else ""
        case _:
            return ""

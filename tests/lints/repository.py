"""What is in the repository, for the checks that look at all of it."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("schemas", "ingest", "streams", "api", "deploy")
SKIPPED = frozenset({"__pycache__", "node_modules", "dist", "var", "data", "shared"})


def text_files() -> Iterator[tuple[Path, str]]:
    """Every text file that is, or would be, committed; with its content."""
    for path in _walk(ROOT):
        try:
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def product_modules() -> Iterator[tuple[Path, ast.Module]]:
    """Every module of the product, parsed."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def _walk(directory: Path) -> Iterator[Path]:
    for path in sorted(directory.iterdir()):
        hidden = path.name.startswith(".") and path.name not in {".ci", ".gitignore"}
        if path.is_symlink() or hidden or path.name in SKIPPED:
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path

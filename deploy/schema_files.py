"""The files in which event schemas and samples are kept, and what in them differs from the models of this code."""

from dataclasses import dataclass
from pathlib import Path

import orjson

import schemas
from schemas.compatibility import Incompatibility, Level, incompatibilities
from schemas.export import sample_texts, schema_texts

HOME = Path(schemas.__file__).parent
SCHEMAS_DIR = HOME / "exported"
SAMPLES_DIR = HOME / "samples"


@dataclass(frozen=True)
class Difference:
    """Names of files that are not as the models would have them."""

    missing: tuple[str, ...]
    """A type that is declared and has no file."""
    stale: tuple[str, ...]
    """The file says something else than the model."""
    orphaned: tuple[str, ...]
    """A file whose type is declared no more: its events are still in the log, so the declaration must come back."""

    def __bool__(self) -> bool:
        return bool(self.missing or self.stale or self.orphaned)


def difference_of(directory: Path, texts: dict[str, str]) -> Difference:
    """Compare the files of a directory with the texts that belong there."""
    stored = {path.name: path.read_text(encoding="utf-8") for path in sorted(directory.glob("*.json"))}
    return Difference(
        missing=tuple(name for name in texts if name not in stored),
        stale=tuple(name for name, text in texts.items() if stored.get(name, text) != text),
        orphaned=tuple(name for name in stored if name not in texts),
    )


def export(schemas_dir: Path = SCHEMAS_DIR, samples_dir: Path = SAMPLES_DIR) -> list[Path]:
    """Write the schemas that changed and the samples that are missing; a stored sample is never touched again.

    Returns:
        What was written.
    """
    schemas_now, samples_now = schema_texts(), sample_texts()
    changed = difference_of(schemas_dir, schemas_now)
    written = {schemas_dir / name: schemas_now[name] for name in (*changed.missing, *changed.stale)}
    written |= {samples_dir / name: samples_now[name] for name in difference_of(samples_dir, samples_now).missing}
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(written)


def broken_promises(level: Level, directory: Path = SCHEMAS_DIR) -> dict[str, list[Incompatibility]]:
    """For each type whose model breaks ``level`` against its exported schema: how."""
    found: dict[str, list[Incompatibility]] = {}
    for name, text in schema_texts().items():
        file = directory / name
        if file.exists():
            problems = incompatibilities(orjson.loads(file.read_bytes()), orjson.loads(text), level)
            found |= {name.removesuffix(".json"): problems} if problems else {}
    return found

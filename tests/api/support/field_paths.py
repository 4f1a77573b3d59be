"""The places of a JSON answer that hold something, so that answers can be compared by what they tell."""

from collections.abc import Iterator


def paths_of(value: object, path: str = "") -> Iterator[str]:
    """Every leaf's path; items of lists share one, and null tells nothing."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from paths_of(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for part in value:
            yield from paths_of(part, f"{path}[]")
    elif value is not None:
        yield path

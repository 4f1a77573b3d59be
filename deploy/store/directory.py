"""The store's data directory: owned by one process, and never opened by an older engine than the one that wrote it."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from deploy.directory_lock import own_directory
from deploy.store.faults import StoreDirectoryError, StoreEngineMissingError

PACKAGE = "chdb-core"
_STAMP = "engine-version"
_UNSAFE = frozenset("?&#%")
"""Characters that the engine's connection string gives a meaning to."""


def open_directory(directory: Path) -> int:
    """Own the directory (made if need be) and check that this engine may open it.

    Returns:
        the descriptor that holds the lock.

    Raises:
        DirectoryTakenError: another process owns it, which is named.
        StoreDirectoryError: a newer engine wrote it, or its path cannot be used.
        StoreEngineMissingError: the engine is not installed.
    """
    if _UNSAFE & set(str(directory)):
        raise StoreDirectoryError(
            f"数据目录 {directory} 含有不支持的字符 / the path holds one of the characters ? & # %",
            remedy="choose another directory: CAMPANILE_DATA_DIR=…",
        )
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    descriptor = own_directory(directory, "the store")
    _check_version(directory)
    return descriptor


def engine_version() -> str:
    """The version of the installed engine.

    Raises:
        StoreEngineMissingError: there is none.
    """
    try:
        return version(PACKAGE)
    except PackageNotFoundError as error:
        raise StoreEngineMissingError(
            f"未安装内置存储引擎 {PACKAGE} / the embedded store's engine is not installed",
            cause="Campanile was installed without its embedded services",
            remedy="pip install 'campanile[embedded]', or name a ClickHouse server: CAMPANILE_STORE__HOST=…",
        ) from error


def stamp_version(directory: Path) -> None:
    """Note, once the engine has opened the directory, which version that was."""
    part = directory / f"{_STAMP}.part"
    part.write_text(engine_version(), encoding="utf-8")
    part.replace(directory / _STAMP)


def _check_version(directory: Path) -> None:
    stamp = directory / _STAMP
    written = stamp.read_text(encoding="utf-8").strip() if stamp.exists() else None
    if written and _parts(written) > _parts(engine_version()):
        raise StoreDirectoryError(
            f"{directory} 由较新的引擎 {written} 写入 / was written by engine {written}, this is {engine_version()}",
            cause="an older Campanile was started on the data of a newer one",
            remedy=f"install {PACKAGE} {written} or newer, or use another directory: CAMPANILE_DATA_DIR=…",
        )


def _parts(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())

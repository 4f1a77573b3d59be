"""The jars of the embedded Kafka: what they are is pinned by SHA-256, where they come from is a setting.

Every start hashes all of them (43 MB, about 0.13 s): a cache is somebody's disk, and what runs is what was reviewed.
"""

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

from schemas.errors import CampanileError, DataFaultError

LOCK_FILE = Path(__file__).parent.parent / "locks" / "kafka-jars.lock"
THREADS = 8
TIMEOUT_S = (10, 60)
"""To connect, and between two bytes."""

Say = Callable[[str], None]


class JarsUnavailableError(CampanileError):
    """A jar is not in the cache and cannot be fetched."""

    code = "CAMP-410"
    exit_code = 4


class JarHashError(DataFaultError):
    """What was fetched is not what was pinned."""

    code = "CAMP-510"


class Jar(NamedTuple):
    """One line of the lock file."""

    coordinates: str
    """``group:artifact:version``."""
    sha256: str

    @property
    def file_name(self) -> str:
        """The name of the jar in the cache."""
        _, artifact, version = self.coordinates.split(":")
        return f"{artifact}-{version}.jar"


def read_lock(lock_file: Path = LOCK_FILE) -> list[Jar]:
    """The pinned jars."""
    lines = lock_file.read_text(encoding="utf-8").splitlines()
    return [Jar(*line.split()) for line in lines if line and not line.startswith("#")]


def missing_jars(directory: Path, jars: list[Jar]) -> list[Jar]:
    """The jars that are not in the cache, or differ from their hash."""
    return [jar for jar in jars if not _is_intact(directory / jar.file_name, jar.sha256)]


def ensure_jars(directory: Path, mirror: str | None, say: Say) -> list[Path]:
    """Every jar, in place and verified; what is missing is fetched with eight threads.

    Args:
        directory: the cache; it is made when it is not there.
        mirror: base address of a Maven repository; None: the default of the package `maven-artifact`.
        say: is told of progress, in lines for people.

    Raises:
        JarsUnavailableError: a jar cannot be fetched.
        JarHashError: a jar is not what was pinned.
    """
    jars = read_lock()
    directory.mkdir(parents=True, exist_ok=True)
    missing = missing_jars(directory, jars)
    if missing:
        say(f"下载 Kafka / fetching Kafka: {len(missing)} of {len(jars)} files, 43 MB in all")
        _fetch_all(directory, missing, mirror, say)
    return [directory / jar.file_name for jar in jars]


def _fetch_all(directory: Path, missing: list[Jar], mirror: str | None, say: Say) -> None:
    size = 0
    with ThreadPoolExecutor(THREADS, thread_name_prefix="jars") as pool:
        waiting = [pool.submit(_fetch, directory, jar, mirror) for jar in missing]
        try:
            for done, future in enumerate(as_completed(waiting), start=1):
                size += future.result()
                if done % 10 == 0 or done == len(missing):
                    say(f"  {done}/{len(missing)}  {size / 1e6:.1f} MB")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _fetch(directory: Path, jar: Jar, mirror: str | None) -> int:
    """Fetch one jar into place in one step; its size in bytes."""
    from maven_artifact import Artifact, Downloader  # noqa: PLC0415 — only a first start pays for this import

    downloader = Downloader(mirror) if mirror else Downloader()
    address = downloader.resolver.uri_for_artifact(Artifact.parse(jar.coordinates))
    try:
        content: bytes = downloader.requestor.request(address, None, timeout=TIMEOUT_S).content
    except OSError as error:  # every error of the HTTP library is one
        raise JarsUnavailableError(
            f"无法下载 {jar.coordinates} / cannot be fetched",
            cause=str(error),
            remedy="check the network, or name a mirror: CAMPANILE_EMBEDDED__MIRROR=<base address>",
        ) from error
    if hashlib.sha256(content).hexdigest() != jar.sha256:
        raise JarHashError(
            f"{jar.coordinates} 的哈希不符 / differs from its pinned SHA-256",
            cause=f"{address} gave something else than what was reviewed",
            remedy="use another mirror: CAMPANILE_EMBEDDED__MIRROR=<base address>",
        )
    part = directory / f"{jar.file_name}.{os.getpid()}.part"
    part.write_bytes(content)
    part.replace(directory / jar.file_name)
    return len(content)


def _is_intact(file: Path, sha256: str) -> bool:
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        return False

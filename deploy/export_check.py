"""Holds the files of an export against its manifest."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

from schemas.errors import DataFaultError


class ExportFaultError(DataFaultError):
    """An export is cut off, or a file in it is not the one that its manifest tells of."""

    code = "CAMP-158"


def check_export(path: Path) -> Iterator[str]:
    """One line for each file that is as the manifest says.

    Raises:
        ExportFaultError: something is not.
    """
    try:
        with zipfile.ZipFile(path) as found:
            manifest = json.loads(found.read("manifest.json"))
            for told in manifest["files"]:
                if _sha256(found, told["name"]) != told["sha256"]:
                    raise _fault(path, f"{told['name']}: SHA-256")
                yield f"{told['name']}  {told['rows']:,}  sha256 {told['sha256']}"
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise _fault(path, str(error)) from error
    yield "完整 / complete" if manifest["is_complete"] else "达到上限，不完整 / cut by the limit, not complete"


def _sha256(found: zipfile.ZipFile, name: str) -> str:
    with found.open(name) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # a zip's file reads like any


def _fault(path: Path, cause: str) -> ExportFaultError:
    return ExportFaultError(
        f"导出文件不完整或被改动 / {path} is cut off or was altered", cause=cause, remedy="重新导出 / export again"
    )

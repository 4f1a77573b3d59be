"""Who may open the store's directory."""

from pathlib import Path

import pytest

from deploy.directory_lock import DirectoryTakenError, give_back
from deploy.store.directory import engine_version, open_directory, stamp_version
from deploy.store.faults import StoreDirectoryError


def test_a_second_opening_says_who_holds_it(tmp_path: Path) -> None:
    held = open_directory(tmp_path / "store")
    with pytest.raises(DirectoryTakenError, match=r"\d+"):
        open_directory(tmp_path / "store")
    give_back(held)
    give_back(open_directory(tmp_path / "store"))


def test_only_its_owner_may_look_into_it(tmp_path: Path) -> None:
    give_back(open_directory(tmp_path / "store"))
    assert (tmp_path / "store").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(("written", "may_open"), [("25.1.0", True), (engine_version(), True), ("999.1.0", False)])
def test_an_engine_does_not_open_what_a_newer_one_wrote(tmp_path: Path, written: str, *, may_open: bool) -> None:
    stamp_version(tmp_path)
    (tmp_path / "engine-version").write_text(written)
    if may_open:
        give_back(open_directory(tmp_path))
        return
    with pytest.raises(StoreDirectoryError, match="999"):
        open_directory(tmp_path)


def test_a_path_that_the_engine_would_misread_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreDirectoryError):
        open_directory(tmp_path / "what?")

"""What every store of pupils' keys must do; each implementation is one parameter of the fixture."""

import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.privacy.errors import KeysAwayError, KeysFaultError
from ingest.privacy.key_store import KeyStore, Subject
from ingest.privacy.master_key import master_key
from ingest.privacy.sqlite_keys import SqliteKeys
from schemas.ids import CampusId
from schemas.privacy import KeyRef, KeyWeek, ServiceDay

HERE, THERE = CampusId("c-1"), CampusId("c-2")
WEEK = KeyWeek(2968)
LI, WANG = Subject(HERE, "p_li_000001", WEEK), Subject(HERE, "p_wang_0001", WEEK)
MASTER = b"m" * 32


def sqlite(directory: Path) -> KeyStore:
    return SqliteKeys(directory / "keys.sqlite", MASTER)


@pytest.fixture(params=[sqlite], ids=["sqlite"])
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], KeyStore]:
    return lambda: request.param(tmp_path)


@pytest.fixture
def store(opening: Callable[[], KeyStore]) -> Iterator[KeyStore]:
    opened = opening()
    yield opened
    opened.close()


def alias(store: KeyStore, subject: Subject) -> str:
    return store.ensure([subject]).keys[subject].alias(subject.campus_id, ServiceDay(1))


def test_a_pupil_has_one_key_for_a_week_and_another_for_the_next(store: KeyStore) -> None:
    next_week = LI._replace(week=KeyWeek(WEEK + 1))

    assert alias(store, LI) == alias(store, LI)
    assert len({alias(store, subject) for subject in (LI, WANG, next_week, LI._replace(campus_id=THERE))}) == 4


def test_a_key_is_there_for_another_process(store: KeyStore, opening: Callable[[], KeyStore]) -> None:
    made = alias(store, LI)
    other = opening()

    assert other.find([LI])[LI].alias(HERE, ServiceDay(1)) == made
    other.close()


def test_finding_makes_nothing(store: KeyStore) -> None:
    assert store.find([LI]) == {}
    assert store.weeks_of(HERE, LI.pupil_token) == {}


def test_processes_that_need_the_same_key_at_once_get_the_same(opening: Callable[[], KeyStore]) -> None:
    found: list[str] = []
    barrier = threading.Barrier(4)

    def ask() -> None:
        store = opening()
        barrier.wait()
        found.append(alias(store, LI))
        store.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 4
    assert len(set(found)) == 1


def test_destroying_a_pupil_takes_every_week_and_nobody_else(store: KeyStore) -> None:
    next_week = LI._replace(week=KeyWeek(WEEK + 1))
    keys = store.ensure([LI, WANG, next_week]).keys
    refs = {subject: keys[subject].key_ref for subject in keys}

    destroyed = store.destroy(HERE, LI.pupil_token, 5)

    assert destroyed == tuple(sorted([refs[LI], refs[next_week]]))
    assert set(store.named(list(refs.values()))) == {refs[WANG]}
    assert set(store.find([LI, WANG, next_week])) == {WANG}
    assert store.destroy(HERE, LI.pupil_token, 6) == ()


def test_a_destroyed_pupil_who_rides_again_gets_a_new_key(store: KeyStore) -> None:
    before = alias(store, LI)
    store.destroy(HERE, LI.pupil_token, 5)

    assert alias(store, LI) != before


def test_a_restricted_key_is_kept_and_given_to_nobody(store: KeyStore, opening: Callable[[], KeyStore]) -> None:
    keys = store.ensure([LI, WANG]).keys
    refs = {subject: keys[subject].key_ref for subject in keys}
    before = store.generation()

    assert store.restrict(HERE, LI.pupil_token, 5) == (refs[LI],)

    assert store.generation() > before
    assert (set(store.find([LI, WANG])), set(store.named(list(refs.values())))) == ({WANG}, {refs[WANG]})
    assert store.weeks_of(HERE, LI.pupil_token) == {}
    assert store.restricted(list(refs.values())) == {refs[LI]}
    other = opening()
    assert other.restricted_of(HERE, LI.pupil_token) == (refs[LI],)
    assert (other.restricted_of(HERE, WANG.pupil_token), other.restricted_of(THERE, LI.pupil_token)) == ((), ())
    other.close()


def test_restricting_again_takes_what_came_since(store: KeyStore) -> None:
    first = store.ensure([LI]).keys[LI].key_ref
    store.restrict(HERE, LI.pupil_token, 5)
    second = store.ensure([LI]).keys[LI].key_ref

    assert store.restrict(HERE, LI.pupil_token, 6) == tuple(sorted([first, second]))
    assert store.restrict(HERE, LI.pupil_token, 7) == tuple(sorted([first, second]))


def test_of_named_keys_only_restricted_ones_are_destroyed(store: KeyStore) -> None:
    keys = store.ensure([LI, WANG]).keys
    refs = [found.key_ref for found in keys.values()]
    store.restrict(HERE, LI.pupil_token, 5)

    store.destroy_restricted(refs, 6)

    assert (store.restricted(refs), store.restricted_of(HERE, LI.pupil_token)) == (frozenset(), ())
    assert set(store.named(refs)) == {keys[WANG].key_ref}


def test_destroying_a_pupil_takes_restricted_keys_too(store: KeyStore) -> None:
    restricted = store.ensure([LI]).keys[LI].key_ref
    store.restrict(HERE, LI.pupil_token, 5)
    living = store.ensure([LI]).keys[LI].key_ref

    assert store.destroy(HERE, LI.pupil_token, 6) == tuple(sorted([restricted, living]))
    assert store.restricted([restricted]) == frozenset()


def test_every_destruction_is_seen_by_whoever_holds_keys(store: KeyStore, opening: Callable[[], KeyStore]) -> None:
    held, other = store.ensure([LI]), opening()
    other.destroy(HERE, LI.pupil_token, 5)
    other.close()

    assert store.generation() > held.generation


def test_keys_of_weeks_that_are_over_are_destroyed_but_those_on_hold(store: KeyStore) -> None:
    on_hold, young = LI._replace(campus_id=THERE), LI._replace(week=KeyWeek(WEEK + 1))
    store.ensure([LI, WANG, on_hold, young])

    counted = store.count_ended(KeyWeek(WEEK + 1), {THERE})
    destroyed = store.destroy_ended(KeyWeek(WEEK + 1), {THERE}, 5)

    assert (counted, destroyed) == (2, 2)
    assert set(store.find([LI, WANG, on_hold, young])) == {on_hold, young}
    assert store.count_ended(KeyWeek(WEEK + 1), {THERE}) == 0


def test_names_that_are_unknown_are_absent(store: KeyStore) -> None:
    assert store.named([KeyRef("never")]) == {}


def test_a_closed_store_is_away(opening: Callable[[], KeyStore]) -> None:
    store = opening()
    store.close()

    with pytest.raises(KeysAwayError):
        store.ensure([LI])


def test_the_files_are_their_owner_s_alone_and_name_no_pupil(tmp_path: Path) -> None:
    master = master_key(tmp_path / "secrets" / "master")
    store = SqliteKeys(tmp_path / "secrets" / "keys.sqlite", master)
    store.ensure([LI])

    files = list((tmp_path / "secrets").iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert not any(LI.pupil_token.encode() in file.read_bytes() for file in files)
    store.close()


def test_nothing_of_a_destroyed_key_is_left_in_any_file(tmp_path: Path) -> None:
    store = SqliteKeys(tmp_path / "keys.sqlite", MASTER)
    store.ensure([LI, WANG])
    wrapped = wrapped_keys(tmp_path / "keys.sqlite")
    assert all(any(key in file.read_bytes() for file in tmp_path.iterdir()) for key in wrapped)

    store.destroy(HERE, LI.pupil_token, 5)

    (left,) = wrapped_keys(tmp_path / "keys.sqlite")
    for file in tmp_path.iterdir():
        assert [key for key in wrapped if key in file.read_bytes()] in ([], [left])
    store.close()


def wrapped_keys(file: Path) -> list[bytes]:
    import sqlite3  # noqa: PLC0415 — only this look behind the curtain needs it

    database = sqlite3.connect(file)
    found = [row[0] for row in database.execute("SELECT wrapped FROM subject_keys WHERE wrapped IS NOT NULL")]
    database.close()
    return found


def test_another_master_key_opens_nothing(tmp_path: Path) -> None:
    store = SqliteKeys(tmp_path / "keys.sqlite", MASTER)
    store.ensure([LI])
    store.close()
    stranger = SqliteKeys(tmp_path / "keys.sqlite", b"x" * 32)

    with pytest.raises(KeysFaultError):
        stranger.ensure([LI])
    stranger.close()


def test_processes_that_start_together_share_one_master_key(tmp_path: Path) -> None:
    found: list[bytes] = []
    barrier = threading.Barrier(4)

    def ask() -> None:
        barrier.wait()
        found.append(master_key(tmp_path / "secrets" / "master"))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 4
    assert len(set(found)) == 1
    assert [file.name for file in (tmp_path / "secrets").iterdir()] == ["master"]


def test_an_empty_file_is_no_master_key(tmp_path: Path) -> None:
    (tmp_path / "master").touch()

    with pytest.raises(KeysFaultError):
        master_key(tmp_path / "master")

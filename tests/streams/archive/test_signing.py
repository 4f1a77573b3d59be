"""Keys and the chain from the first to the newest."""

from pathlib import Path

import pytest

from schemas.checkpoints import Checkpoint, Signed, checkpoint_key, checkpoint_of
from streams.archive.signing import Keychain, KeyFaultError, SigningKeys

DAY_MS = 86_400_000


@pytest.fixture
def keys(tmp_path: Path) -> SigningKeys:
    keys = SigningKeys(tmp_path / "signing")
    keys.make_first(1)
    return keys


def test_nothing_is_readable_but_by_its_owner(keys: SigningKeys, tmp_path: Path) -> None:
    keys.sign("x")
    modes = {path.suffix: path.stat().st_mode & 0o777 for path in (tmp_path / "signing").iterdir()}
    assert modes[".pem"] == modes[".json"] == 0o600
    assert (tmp_path / "signing").stat().st_mode & 0o077 == 0


def test_a_second_process_finds_the_same_key(keys: SigningKeys, tmp_path: Path) -> None:
    other = SigningKeys(tmp_path / "signing")
    assert other.make_first(2).newest == keys.keychain().newest
    assert keys.keychain().has_signed(other.sign("text\n"))


def test_a_changed_statement_is_not_signed(keys: SigningKeys) -> None:
    signed = keys.sign("size 17\n")
    keychain = keys.keychain()
    assert keychain.has_signed(signed)
    for wrong in (
        Signed("size 18\n", signed.key_id, signed.signature),
        Signed(signed.body, signed.key_id, signed.signature[:-2] + "00"),
        Signed(signed.body, signed.key_id, "not hex"),
        Signed(signed.body, "0" * 64, signed.signature),
    ):
        assert not keychain.has_signed(wrong)


def test_after_a_rotation_old_statements_hold_and_the_old_private_key_is_gone(
    keys: SigningKeys, tmp_path: Path
) -> None:
    first = keys.keychain().newest
    before = keys.sign("before\n")
    second = keys.rotate(2)
    after = keys.sign("after\n")
    assert after.key_id == second != first
    pinned = Keychain(keys.keychain().chain, pinned=first)
    assert pinned.has_signed(before)
    assert pinned.has_signed(after)
    assert [path.stem for path in (tmp_path / "signing").glob("*.pem")] == [second]


def test_a_running_process_goes_on_with_the_new_key(keys: SigningKeys, tmp_path: Path) -> None:
    keys.sign("x")
    assert SigningKeys(tmp_path / "signing").rotate(2) == keys.sign("y").key_id


def test_a_key_that_nobody_vouches_for_is_refused(keys: SigningKeys, tmp_path: Path) -> None:
    stranger = SigningKeys(tmp_path / "stranger")
    stranger.make_first(1)
    with pytest.raises(KeyFaultError, match="key 2"):
        Keychain([*keys.keychain().chain, *stranger.keychain().chain])


def test_a_chain_that_does_not_begin_with_the_pinned_key_is_refused(keys: SigningKeys) -> None:
    with pytest.raises(KeyFaultError, match="key 1"):
        Keychain(keys.keychain().chain, pinned="0" * 64)


def test_a_directory_without_keys_says_so(tmp_path: Path) -> None:
    with pytest.raises(KeyFaultError):
        SigningKeys(tmp_path / "none").sign("x")


def test_a_checkpoint_is_a_text_that_can_be_read_back() -> None:
    checkpoint = Checkpoint("campanile", 3, 17, 4711, b"\x0a" * 32, b"\x0b" * 32, 12, 20_000 * DAY_MS + 5)
    assert checkpoint_of(checkpoint.body()) == checkpoint
    assert checkpoint_key(checkpoint) == "checkpoint/campanile/3/20000"
    body = checkpoint.body()
    for wrong in ("", "campanile/checkpoint/v1\n", body + "x 1\n", body.replace("size 1", "size 01")):
        with pytest.raises(ValueError, match=r".*"):
            checkpoint_of(wrong)

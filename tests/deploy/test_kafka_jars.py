import hashlib
from pathlib import Path

import pytest

from deploy.kafka.jars import Jar, JarsUnavailableError, ensure_jars, missing_jars, read_lock


def test_lock_names_kafka_itself() -> None:
    assert "kafka_2.13-4.3.0.jar" in {jar.file_name for jar in read_lock()}


def test_absent_and_altered_jars_are_missing_and_an_intact_one_is_not(tmp_path: Path) -> None:
    intact, altered, absent = (
        Jar(f"org.example:{name}:1.0", hashlib.sha256(name.encode()).hexdigest()) for name in ("a", "b", "c")
    )
    (tmp_path / intact.file_name).write_bytes(b"a")
    (tmp_path / altered.file_name).write_bytes(b"b and something else")

    assert missing_jars(tmp_path, [intact, altered, absent]) == [altered, absent]


def test_jars_from_a_place_that_does_not_answer_are_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(JarsUnavailableError) as caught:
        ensure_jars(tmp_path, "http://127.0.0.1:9", lambda _: None)

    assert "CAMPANILE_EMBEDDED__MIRROR" in caught.value.remedy
    assert list(tmp_path.iterdir()) == []

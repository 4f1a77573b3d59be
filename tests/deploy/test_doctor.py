import os
import socket
from pathlib import Path

import pytest

from deploy.configuration.settings import Settings
from deploy.doctor.examine import examine
from deploy.doctor.finding import Finding, Level, Scale
from deploy.doctor.kafka import examine_kafka
from deploy.doctor.local import examine_local
from deploy.doctor.machine import available_memory_bytes
from deploy.doctor.store import examine_store, skew_finding, timezone_finding, version_finding
from streams.archive.settings import StoreSettings


def _by_check(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.check: finding for finding in findings}


@pytest.mark.parametrize(
    ("value", "level"),
    [(10, Level.FINE), (5, Level.WARNING), (1, Level.CONFIGURATION)],
    ids=["enough", "little", "none"],
)
def test_quantity_is_graded(value: int, level: Level) -> None:
    assert Scale(enough=10, least=5).grade("x", value, "", "").level is level


def test_available_memory_is_what_the_kernel_says_at_most(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 2000 kB\nMemAvailable:   3 kB\n", encoding="ascii")
    assert available_memory_bytes(meminfo) == 3 * 1024
    assert available_memory_bytes(tmp_path / "absent") is None


def test_machine_without_services_has_no_fault_because_they_are_embedded(tmp_path: Path) -> None:
    settings = Settings.model_validate({"data_dir": tmp_path / "data", "gateway": {"port": 0}, "api": {"port": 0}})
    findings = _by_check(list(examine(settings)))
    assert findings["kafka"].level is findings["store"].level is Level.FINE
    assert "campanile up" in findings["kafka"].detail


def test_secret_that_others_can_read_is_found_and_mended(tmp_path: Path) -> None:
    secret = tmp_path / "secrets" / "store-password"
    secret.parent.mkdir()
    secret.write_text("x" * 43, encoding="utf-8")
    secret.chmod(0o644)
    settings = Settings.model_validate({"data_dir": tmp_path, "gateway": {"port": 0}, "api": {"port": 0}})

    found = _by_check(list(examine_local(settings, None)))["secrets"]
    assert found.level is Level.CONFIGURATION
    assert found.fix is not None
    found.fix()

    assert _by_check(list(examine_local(settings, None)))["secrets"].level is Level.FINE


@pytest.mark.parametrize("password", ["short", "a" * 40])
def test_weak_password_is_found_and_not_shown(tmp_path: Path, password: str) -> None:
    settings = Settings.model_validate({"data_dir": tmp_path, "store": {"password": password}})
    found = _by_check(list(examine_local(settings, None)))["store.password"]
    assert found.level is Level.CONFIGURATION
    assert password not in str(found.as_json())


def test_port_in_use_is_found_with_its_variable(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = Settings.model_validate({"data_dir": tmp_path, "api": {"port": taken.getsockname()[1]}})
        found = _by_check(list(examine_local(settings, None)))["api.port"]
    assert found.level is Level.CONFIGURATION
    assert "CAMPANILE_API__PORT" in found.remedy


def test_store_that_is_too_old_elsewhere_in_time_or_skewed_is_found() -> None:
    assert version_finding("24.3.1.2").level is Level.CONFIGURATION
    assert version_finding("26.9.0.1").level is Level.FINE
    assert timezone_finding("Asia/Shanghai").level is Level.WARNING
    assert skew_finding(10_000, 4_000, 4_100).level is Level.WARNING
    assert skew_finding(4_050, 4_000, 4_100).level is Level.FINE


def test_services_that_do_not_answer_are_unreachable() -> None:
    (kafka,) = examine_kafka(Settings(), "127.0.0.1:9")
    (store,) = examine_store(StoreSettings(host="127.0.0.1", port=9))
    assert kafka.level is store.level is Level.UNREACHABLE


@pytest.mark.engine
def test_missing_topics_are_found_and_mended(kafka_bootstrap: str) -> None:
    settings = Settings.model_validate({"prefix": f"doctor{os.getpid()}-", "partitions": 2})

    before = _by_check(list(examine_kafka(settings, kafka_bootstrap)))
    assert before["kafka"].level is before["kafka.advertised"].level is Level.FINE
    assert before["kafka.topics"].level is Level.DATA
    assert before["kafka.topics"].fix is not None
    before["kafka.topics"].fix()

    assert _by_check(list(examine_kafka(settings, kafka_bootstrap)))["kafka.topics"].level is Level.FINE

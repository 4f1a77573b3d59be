import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from deploy.configuration.settings import Settings
from deploy.directory_lock import DirectoryTakenError, give_back, own_directory
from deploy.running import Running, find_running
from deploy.supervisor.addresses import Addresses, PortTakenError, choose_addresses
from deploy.supervisor.backoff import STABLE_S, Backoff
from deploy.supervisor.environment import environment_of, write_secret
from deploy.supervisor.log_files import bound
from deploy.supervisor.plan import Layer, plan_processes, process_names
from deploy.supervisor.ports import claim, free_port
from deploy.supervisor.secret import secret_file
from deploy.supervisor.signals import StopSignals
from deploy.supervisor.watch import HANG_S, HangWatch

ADDRESSES = Addresses("127.0.0.1:9092", 9092, "127.0.0.1", 9000, embeds_store=True, gateway_port=8480, api_port=8481)


def test_pause_doubles_up_to_its_limit_and_a_long_life_begins_anew() -> None:
    backoff = Backoff(max_s=3.0)
    assert [backoff.pause_s(1.0) for _ in range(4)] == [0.5, 1.0, 2.0, 3.0]
    assert backoff.pause_s(STABLE_S) == 0.5


def test_process_hangs_only_after_it_had_answered_and_then_fell_silent() -> None:
    watch = HangWatch()
    assert not watch.take(100.0, answered=False)
    assert not watch.take(101.0, answered=True)
    assert not watch.take(101.0 + HANG_S - 1, answered=False)
    assert watch.take(101.0 + HANG_S, answered=False)


def test_process_started_anew_is_given_time_to_start() -> None:
    watch = HangWatch()
    watch.take(0.0, answered=True)
    watch.forget()
    assert not watch.take(HANG_S * 2, answered=False)


def test_free_port_lies_below_the_ports_of_outgoing_connections() -> None:
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    assert free_port() < first


def test_free_port_is_promised_to_one_process_until_it_ends() -> None:
    draw = "from deploy.supervisor.ports import free_port; print(free_port(), flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", draw], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        port = int(other.stdout.readline())
        assert not claim(port)
        other.communicate(b"\n")
    assert claim(port)
    assert not claim(port)


def test_port_that_is_in_use_is_named_with_the_variable_that_changes_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = Settings.model_validate({"gateway": {"port": taken.getsockname()[1]}})
        with pytest.raises(PortTakenError) as caught:
            choose_addresses(settings)
    assert "CAMPANILE_GATEWAY__PORT" in caught.value.remedy


def test_given_services_are_not_started_by_us() -> None:
    given = {"kafka": {"bootstrap": "kafka:9092"}, "store": {"host": "clickhouse"}, "gateway": {"port": 0}}
    settings = Settings.model_validate({**given, "api": {"port": 0}})
    addresses = choose_addresses(settings)
    names = [planned.spec.name for planned in plan_processes(settings, addresses, {}, {})]
    assert names == ["streams", "archive", "gateway", "api"]
    assert (addresses.bootstrap, addresses.store_host, addresses.store_port) == ("kafka:9092", "clickhouse", 9000)


def test_plan_starts_services_first_and_gives_each_instance_a_health_port_of_its_own() -> None:
    settings = Settings.model_validate({"supervisor": {"gateways": 2, "workers": 2}})
    ports = {name: 7000 + number for number, name in enumerate(process_names(settings, ADDRESSES))}
    planned = plan_processes(settings, ADDRESSES, {"CAMPANILE_PREFIX": "x-"}, ports)
    assert [one.spec.name for one in planned] == [
        "kafka", "store", "streams-1", "streams-2", "archive", "gateway-1", "gateway-2", "api",
    ]  # fmt: skip
    assert [one.layer for one in planned] == sorted(one.layer for one in planned)
    assert planned[0].layer is Layer.SERVICE
    assert planned[0].spec.ops is None
    assert len({one.spec.ops for one in planned[1:]}) == 7
    assert all(one.spec.environment["CAMPANILE_KAFKA__BOOTSTRAP"] == "127.0.0.1:9092" for one in planned)
    assert all(one.spec.environment["CAMPANILE_PREFIX"] == "x-" for one in planned)


def test_environment_gives_back_the_settings_that_it_was_made_from(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.model_validate(
        {"prefix": "x-", "clock": {"origin_ms": 5, "speed": 2.5}, "data_dir": Path("/data"), "store": {"secure": True}}
    )
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    absolute = {"jars_dir": settings.embedded.jars_dir.resolve()}
    assert Settings() == settings.model_copy(update={"embedded": settings.embedded.model_copy(update=absolute)})


def test_environment_holds_no_secret() -> None:
    settings = Settings.model_validate({"store": {"password": SecretStr("open sesame")}})
    assert "open sesame" not in " ".join(environment_of(settings).values())


def test_secret_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    made = secret_file(tmp_path / "secrets" / "store-password")
    first = made.read_text(encoding="utf-8")
    assert secret_file(made).read_text(encoding="utf-8") == first
    assert len(first) >= 43
    assert write_secret(tmp_path / "given", SecretStr("x")).stat().st_mode & 0o777 == 0o600
    assert made.stat().st_mode & 0o777 == 0o600


def test_second_owner_of_a_directory_is_told_who_the_first_is(tmp_path: Path) -> None:
    lock = own_directory(tmp_path, "Kafka")
    with pytest.raises(DirectoryTakenError, match=f"process {os.getpid()}"):
        own_directory(tmp_path, "Kafka")
    give_back(lock)
    give_back(own_directory(tmp_path, "Kafka"))


def test_log_file_over_its_bound_is_put_aside_and_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "api.jsonl"
    with file.open("ab") as appending:
        appending.write(b"old\n" * 10)
        appending.flush()
        bound(file, max_bytes=8)
        appending.write(b"new\n")
    assert file.read_bytes() == b"new\n"
    assert (tmp_path / "api.1.jsonl").read_bytes() == b"old\n" * 10


def test_first_signal_asks_and_the_second_forces() -> None:
    forced: list[bool] = []
    with StopSignals() as signals:
        signals.on_second = lambda: forced.append(True)
        assert not signals.is_set()
        signal.raise_signal(signal.SIGINT)
        assert (signals.is_set(), signals.exit_code, forced) == (True, 130, [])
        signal.raise_signal(signal.SIGTERM)
    assert forced == [True]


def test_deployment_is_found_only_while_somebody_holds_its_lock(tmp_path: Path) -> None:
    running = Running.of_this_process(
        bootstrap="127.0.0.1:9092", gateway="", api="", store_host="", store_port=9000, store_password_file="", ops={}
    )
    lock = own_directory(tmp_path, "Campanile")
    assert find_running(tmp_path) is None
    running.write(tmp_path)
    assert find_running(tmp_path) == running
    assert (tmp_path / "running.json").stat().st_mode & 0o777 == 0o600
    give_back(lock)
    assert find_running(tmp_path) is None
    assert find_running(tmp_path / "nowhere") is None

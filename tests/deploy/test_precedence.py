import os
import subprocess
import sys
from pathlib import Path

from deploy.configuration.settings import Settings
from deploy.supervisor.addresses import Addresses
from deploy.supervisor.plan import plan_processes
from deploy.supervisor.precedence import yield_processor

ADDRESSES = Addresses("127.0.0.1:9092", 9092, "127.0.0.1", 9000, embeds_store=True, gateway_port=8480, api_port=8481)


def test_what_can_catch_up_later_stands_back_behind_what_somebody_waits_for() -> None:
    specs = {one.spec.name: one.spec.niceness for one in plan_processes(Settings(), ADDRESSES, {}, {})}
    assert specs["kafka"] == specs["gateway"] == 0
    assert 0 < specs["streams"] == specs["api"] < specs["store"] == specs["archive"]


def test_process_stands_back_within_its_session_and_its_session_behind_others() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True) as child:
        yield_processor(child.pid, 7)
        assert os.getpriority(os.PRIO_PROCESS, child.pid) == 7
        group = Path(f"/proc/{child.pid}/autogroup")
        assert not group.exists() or group.read_text(encoding="ascii").endswith("nice 7\n")
        child.communicate(b"\n")


def test_process_that_has_ended_is_no_trouble() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    yield_processor(child.pid, 7)

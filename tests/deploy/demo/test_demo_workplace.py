"""A demonstration's data: deleted at its end, also when it is killed, and never somebody else's."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.demo.demonstration import DemoOptions, demo_settings
from deploy.demo.school_day import SchoolDay
from deploy.demo.workplace import THROW_AWAY, Workplace
from deploy.directory_lock import DirectoryTakenError, give_back, own_directory
from schemas.clock import DAY_MS, HOUR_MS, ManualClock
from schemas.errors import ConfigurationError

DAY = SchoolDay(1_795_449_600_000)
NOW_MS = DAY.at(14, 30)


def test_the_data_goes_with_the_demonstration(tmp_path: Path) -> None:
    with Workplace(tmp_path / "demo", keep=False) as place:
        (place.directory / "kafka").mkdir()
        (place.directory / "kafka" / "log").write_text("x", encoding="utf-8")
    assert not (tmp_path / "demo").exists()


def test_kept_data_stays_and_the_next_demonstration_there_shows_the_next_school_day(tmp_path: Path) -> None:
    with Workplace(tmp_path / "demo", keep=True) as place:
        assert place.next_day(NOW_MS) == DAY
        place.note_reached(DAY.at(7, 30))
    with Workplace(tmp_path / "demo", keep=True) as place:
        assert place.next_day(NOW_MS) == DAY.following()
        place.note_reached(DAY.midnight_ms + 3 * DAY_MS + 9 * HOUR_MS)
    with Workplace(tmp_path / "demo", keep=True) as place:
        assert place.next_day(NOW_MS).number == 20261130


def test_a_kept_directory_remembers_the_first_day_that_it_showed(tmp_path: Path) -> None:
    with Workplace(tmp_path / "demo", keep=True) as place:
        assert place.first_day(DAY) == DAY
        place.note_reached(DAY.opens_ms)
        place.note_reached(DAY.following().at(9))
        assert place.first_day(DAY.following()) == DAY


def test_foreign_or_kept_data_is_not_deleted(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("x", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="not empty"), Workplace(tmp_path, keep=False):
        pass
    assert (tmp_path / "precious").exists()


def test_what_a_killed_demonstration_left_is_replaced(tmp_path: Path) -> None:
    (tmp_path / THROW_AWAY).touch()
    (tmp_path / "rest").touch()
    with Workplace(tmp_path, keep=False):
        assert not (tmp_path / "rest").exists()


def test_a_running_demonstration_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / THROW_AWAY).touch()
    lock = own_directory(tmp_path, "test")
    with pytest.raises(DirectoryTakenError), Workplace(tmp_path, keep=False):
        pass
    give_back(lock)
    assert (tmp_path / THROW_AWAY).exists()


def test_the_data_also_goes_when_the_demonstration_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time, pathlib\n"
        "from deploy.demo.workplace import Workplace\n"
        "with Workplace(pathlib.Path(sys.argv[1]), keep=False) as place:\n"
        "    (place.directory / 'data').write_text('x')\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "demo")], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        os.kill(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while (tmp_path / "demo").exists():
        assert time.monotonic() < deadline, "the data of a killed demonstration is still there"
        time.sleep(0.05)


def test_the_clock_shows_0650_when_everything_has_started_and_runs_at_the_speed_asked_for(tmp_path: Path) -> None:
    wall = ManualClock(NOW_MS)
    settings = demo_settings(DemoOptions(speed=10, gateway_port=0), tmp_path, DAY, wall)
    clock = settings.clock
    assert (clock.origin_ms, clock.speed) == (DAY.at(6, 50), 10)
    assert clock.wall_origin_ms == NOW_MS + 10_000
    assert (settings.data_dir, settings.gateway.port, settings.api.port) == (tmp_path, 0, 8481)

"""The demonstration: a whole deployment on a clock of its own, with a simulated county that talks to its gateway."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from deploy.configuration import Settings, load_settings
from deploy.demo.accounts import Account, draw_accounts, keep_accounts, open_accounts
from deploy.demo.county_process import CountyOptions
from deploy.demo.facts import source_token, supervisor_token
from deploy.demo.first_sight import is_bus_visible, watched_consortium
from deploy.demo.people import holders
from deploy.demo.school_day import SchoolDay
from deploy.demo.shell_file import Place, write_shell_file
from deploy.demo.term import county_facts, term_of
from deploy.demo.tour import Scene, sending_campus
from deploy.demo.words import as_json, welcome
from deploy.demo.workplace import Workplace
from deploy.identity_secrets import setup_code_file
from deploy.registry_writer import write_facts
from deploy.supervisor.deployment import Deployment
from deploy.supervisor.process import ProcessSpec
from deploy.supervisor.run import run_deployment
from deploy.supervisor.secret import secret_file
from schemas.clock import Clock, local_midnight_ms
from schemas.errors import CampanileError

EXPECTED_START_S: Final = 10
"""A warm start takes about that long; at its end the clock shall show 06:50."""
PATIENCE_S: Final = 90.0
_LOOK_EVERY_S: Final = 0.25

Say = Callable[[str], None]


class NothingSeenError(CampanileError):
    """Everything runs, and yet no bus became visible."""

    code = "CAMP-251"


@dataclass(frozen=True)
class DemoOptions:
    """How to show the county."""

    county: CountyOptions = CountyOptions()  # noqa: RUF009 — frozen
    speed: float = 1.0
    keep: bool = False
    data_dir: Path | None = None
    gateway_port: int | None = None
    api_port: int | None = None
    as_json: bool = False
    """Show one JSON object instead of lines for people."""


def run_demo(options: DemoOptions, wall: Clock, say: Say, show: Say) -> int:
    """Run it until Ctrl-C or SIGTERM; afterwards nothing of it is left, unless its data is kept.

    Args:
        options: how.
        wall: the machine's clock.
        say: is told of progress.
        show: is given the lines that the user came for.

    Returns:
        the exit code: 130 after Ctrl-C, 0 after SIGTERM.

    Raises:
        CampanileError: it cannot be shown; nothing of it is left.
    """
    directory = options.data_dir or load_settings().data_dir / "demo"
    with Workplace(directory, keep=options.keep) as place:
        day = place.next_day(wall.now_ms())
        first_day = place.first_day(day)
        place.note_reached(day.opens_ms)
        key_file = secret_file(place.directory / "secrets" / "county-key")
        options = replace(options, county=replace(options.county, key_file=key_file))
        settings = demo_settings(options, place.directory, day, wall)
        clock = settings.clock.build()
        try:
            return run_deployment(settings, on_ready=_Show(options, first_day, clock, say, show), say=say)
        finally:
            place.note_reached(clock.now_ms())


def demo_settings(options: DemoOptions, directory: Path, day: SchoolDay, wall: Clock) -> Settings:
    """The deployment's settings: its own directory, the clock of the day, and the ports that were asked for."""
    clock = {
        "origin_ms": day.at(6, 50),
        "wall_origin_ms": wall.now_ms() + EXPECTED_START_S * 1000,
        "speed": options.speed,
    }
    overrides: dict[str, Any] = {"data_dir": directory, "clock": clock}
    overrides |= {"gateway": {"port": options.gateway_port}} if options.gateway_port is not None else {}
    overrides |= {"api": {"port": options.api_port}} if options.api_port is not None else {}
    return load_settings(**overrides)


class _Show:
    """What is done once the deployment is ready."""

    def __init__(self, options: DemoOptions, first_day: SchoolDay, clock: Clock, say: Say, show: Say) -> None:
        self._options = options
        self._county = options.county.plan()
        self._first_day = first_day
        self._clock = clock
        self._say = say
        self._show = show
        self._began_s = time.monotonic()

    def __call__(self, deployment: Deployment) -> None:
        running, county = deployment.running, self._county
        written = write_facts(running.bootstrap, deployment.settings.prefix, county_facts(county, self._first_day))
        self._say(f"已登记 / registered  {written} facts")
        sending = ("county", "send", "--gateway", running.gateway, *self._options.county.arguments())
        deployment.add(ProcessSpec("county", sending, deployment.environment))
        accounts = self._open_accounts(deployment)
        self._say("等待第一辆校车 / waiting for the first bus")
        if self._wait_for_a_bus(deployment):
            self._say(f"第一辆校车已可见 / first bus visible after {time.monotonic() - self._began_s:.1f} s")
            self._tell(deployment, accounts)

    def _open_accounts(self, deployment: Deployment) -> list[Account]:
        accounts = keep_accounts(deployment.data_dir, draw_accounts(holders(self._county)))
        for number, _ in enumerate(
            open_accounts(deployment.running.api, accounts, setup_code_file(deployment.settings))
        ):
            deployment.poll()
            if deployment.is_stopping():
                break
            if number == 0:
                self._say(f"正在开设账号 / opening accounts  {len(accounts)}")
        return accounts

    def _tell(self, deployment: Deployment, accounts: list[Account]) -> None:
        county, running, now_ms = self._county, deployment.running, self._clock.now_ms()
        place = Place(
            gateway=running.gateway,
            api=running.api,
            data_dir=deployment.data_dir,
            source=source_token(county.token_seed, sending_campus(county).campus_id).text,
            from_ms=SchoolDay(local_midnight_ms(now_ms)).opens_ms,
            to_ms=now_ms,
            consortium=watched_consortium(county).consortium_id,
            campus=sending_campus(county).campus_id,
            viewer=supervisor_token(county.token_seed, watched_consortium(county).consortium_id).text,
        )
        write_shell_file(place)
        scene = Scene(county, term_of(county, self._first_day), place)
        if self._options.as_json:
            self._show(json.dumps(as_json(scene, accounts), ensure_ascii=False))
            return
        for line in welcome(scene, accounts):
            self._show(line)

    def _wait_for_a_bus(self, deployment: Deployment) -> bool:
        """Whether it came; False when the end was asked for first."""
        deadline_s = time.monotonic() + PATIENCE_S
        while not deployment.is_stopping():
            deployment.poll()
            if is_bus_visible(deployment.running.api, self._county):
                return True
            if time.monotonic() > deadline_s:
                raise NothingSeenError(
                    f"{PATIENCE_S:.0f} 秒内没有看到校车 / no bus was seen within {PATIENCE_S:.0f} s",
                    cause="模拟县、网关或流处理未工作 / county, gateway or stream worker does not work",
                    remedy=f"--keep, 然后看日志 / then read the logs: {deployment.log_dir}",
                )
            time.sleep(_LOOK_EVERY_S)
        return False

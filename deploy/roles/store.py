"""The process role `store`: the embedded ClickHouse store, from its settings to its end."""

import signal
from types import FrameType

import structlog

from deploy.configuration.settings import Settings
from deploy.directory_lock import give_back
from deploy.garbage import look_for_cycles_seldom
from deploy.logs import configure_logging
from deploy.meter import PrometheusMeter
from deploy.ops_server import OpsServer
from deploy.parent import die_with_parent
from deploy.store.directory import open_directory, stamp_version
from deploy.store.engine import Engine
from deploy.store.engine_files import write_engine_files
from deploy.store.faults import StorePasswordError
from deploy.store.login import Credentials
from deploy.store.server import StoreServer

log = structlog.get_logger(__name__)
HOST = "127.0.0.1"
MIN_PASSWORD_CHARS = 12


def run_store(settings: Settings) -> int:
    """Own the directory, open the engine, and answer clients until SIGTERM or SIGINT.

    Returns:
        the exit code: 0 after a clean stop.

    Raises:
        StorePasswordError: there is no password, or a short one.
        DirectoryTakenError: another process runs on this data directory.
        StoreDirectoryError: a newer engine wrote the directory.
        StoreEngineMissingError: the engine is not installed.
    """
    configure_logging(settings.log_level, "store")
    die_with_parent()
    look_for_cycles_seldom()
    password = _password(settings)
    directory = (settings.data_dir / "store").resolve()
    lock = open_directory(directory)
    meter = PrometheusMeter()
    engine = Engine(directory / "data", write_engine_files(directory, settings.embedded.store_memory_mb))
    stamp_version(directory)
    server = StoreServer(
        engine,
        host=HOST,
        port=settings.embedded.store_port,
        credentials=Credentials(settings.store.user, password),
        max_clients=settings.embedded.store_max_clients,
        meter=meter,
    )
    _stop_on_signals(server)
    checks = {"engine": engine.is_well}
    with OpsServer(settings.ops.host, settings.ops.port, meter=meter, live=lambda: True, ready=checks):
        log.info("store_listening", host=HOST, port=server.port, engine=".".join(map(str, engine.version)))
        server.serve()
        server.close()
    engine.close()
    give_back(lock)
    log.info("store_stopped")
    return 0


def _password(settings: Settings) -> str:
    password = settings.store.password.get_secret_value()
    if len(password) < MIN_PASSWORD_CHARS:
        raise StorePasswordError(
            f"内置存储的密码缺失或短于 {MIN_PASSWORD_CHARS} 个字符 / the embedded store needs a password of "
            f"{MIN_PASSWORD_CHARS} characters or more",
            cause="anybody on this machine could read the archive",
            remedy="CAMPANILE_STORE__PASSWORD_FILE=… (a file that only its owner can read)",
        )
    return password


def _stop_on_signals(server: StoreServer) -> None:
    def stop(number: int, _frame: FrameType | None) -> None:
        log.info("store_stopping", signal=signal.Signals(number).name)
        server.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)

"""A running product on one machine: its processes started in order, kept alive, and ended.

To be used from the main thread of a process that has no other children (see :mod:`deploy.supervisor.crew`).
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pydantic import SecretStr

from deploy.configuration.settings import Settings
from deploy.directory_lock import give_back, own_directory
from deploy.running import Running, forget_running
from deploy.supervisor.addresses import Addresses, choose_addresses
from deploy.supervisor.crew import Crew, Say
from deploy.supervisor.environment import environment_of, secret_files, write_secret
from deploy.supervisor.plan import Layer, Planned, plan_processes, process_names
from deploy.supervisor.ports import free_port
from deploy.supervisor.preparation import apply_migrations, apply_topics, fetch_jars
from deploy.supervisor.process import ChildProcess, ProcessSpec
from deploy.supervisor.secret import secret_file
from streams.archive.settings import StoreSettings


class Deployment:
    """``start``, then ``poll`` a few times a second, then ``stop``; ``stop`` also after a ``start`` that failed."""

    def __init__(self, settings: Settings, *, is_stopping: Callable[[], bool] = lambda: False) -> None:
        """Nothing is started yet.

        Args:
            settings: handed to every process by its environment.
            is_stopping: asked while waiting; when it says yes, ``start`` raises ``StopRequestedError``.

        Raises:
            DirectoryTakenError: another deployment runs on this data directory.
            PortTakenError: a port that the settings name is in use.
        """
        self.settings = settings
        self.is_stopping = is_stopping
        self.data_dir = settings.data_dir.resolve()
        self._lock = own_directory(self.data_dir, "钟楼 / Campanile")
        forget_running(self.data_dir)  # a predecessor that was killed could not
        try:
            self._addresses = choose_addresses(settings)
        except BaseException:
            give_back(self._lock)
            raise
        self._password_file = _password_file(settings, self.data_dir)
        self._planned = _plan(settings, self._addresses, self._password_file)
        self.log_dir = self.data_dir / "logs"
        self.log_dir.mkdir(exist_ok=True)
        self._crew = Crew(self.log_dir, self._addresses.bootstrap, settings.supervisor.backoff_max_s, is_stopping)
        self.running = self._describe()

    def start(self, say: Say) -> Running:
        """Start everything, wait until it is ready, and leave word of it in the data directory.

        Args:
            say: is told of progress, in lines for people.

        Raises:
            StartError: a process did not become ready.
            StopRequestedError: the end was asked for meanwhile.
            CampanileError: jars, topics or tables could not be prepared.
        """
        if self._addresses.kafka_port is not None:
            fetch_jars(self.settings, say)
        self._launch(Layer.SERVICE, say)
        self._crew.wait_until_ready((Layer.SERVICE,), say)
        apply_topics(self.settings, self._addresses.bootstrap, say)
        apply_migrations(self._store(), say)
        self._launch(Layer.READER, say)
        self._launch(Layer.EDGE, say)
        self._crew.wait_until_ready((Layer.READER, Layer.EDGE), say)
        self._note_processes()
        return self.running

    def add(self, spec: ProcessSpec) -> ChildProcess:
        """Start one more process; it is kept alive with the others and is the first to be stopped."""
        return self._crew.launch(Planned(Layer.GUEST, spec))

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which a process finds this deployment."""
        return dict(self._planned[0].spec.environment)

    def poll(self) -> None:
        """Start again what has ended and end what hangs."""
        self._crew.poll()
        self._note_processes()

    def stop(self) -> bool:
        """End every process within ``supervisor.stop_s``. Returns whether all of them ended by themselves."""
        clean = self._crew.stop(self.settings.supervisor.stop_s)
        forget_running(self.data_dir)
        give_back(self._lock)
        return clean

    def kill(self) -> None:
        """End everything now. Nothing that was acknowledged is lost by it."""
        self._crew.kill()

    def _launch(self, layer: Layer, say: Say) -> None:
        for planned in self._planned:
            if planned.layer is layer:
                say(f"启动 / starting  {planned.spec.name}")
                self._crew.launch(planned)

    def _store(self) -> StoreSettings:
        password = SecretStr(self._password_file.read_text(encoding="utf-8").strip())
        address = {"host": self._addresses.store_host, "port": self._addresses.store_port, "password": password}
        return self.settings.store.model_copy(update=address)

    def _note_processes(self) -> None:
        """Keep the file that tells other commands where the deployment is."""
        children = list(self._crew.children())
        pids = {child.spec.name: child.pid for child in children if child.pid is not None}
        restarts = {child.spec.name: child.restarts for child in children}
        if (pids, restarts) != (self.running.pids, self.running.restarts):
            self.running = replace(self.running, pids=pids, restarts=restarts)
            self.running.write(self.data_dir)

    def _describe(self) -> Running:
        settings, addresses = self.settings, self._addresses
        return Running.of_this_process(
            bootstrap=addresses.bootstrap,
            gateway=f"http://{_reachable(settings.gateway.host)}:{addresses.gateway_port}",
            api=f"http://{_reachable(settings.api.host)}:{addresses.api_port}",
            store_host=addresses.store_host,
            store_port=addresses.store_port,
            store_password_file=str(self._password_file),
            ops={planned.spec.name: planned.spec.ops for planned in self._planned if planned.spec.ops},
            settings=settings.model_dump(mode="json", exclude={"store": {"password"}}),
        )


def _password_file(settings: Settings, data_dir: Path) -> Path:
    """The store's password in a file: as given (a store that is not ours may have none), or made by the machine."""
    path = data_dir / "secrets" / "store-password"
    given = settings.store.password
    is_ours = settings.store.host is None
    return secret_file(path) if is_ours and not given.get_secret_value() else write_secret(path, given)


def _plan(settings: Settings, addresses: Addresses, password_file: Path) -> list[Planned]:
    common = environment_of(settings) | secret_files(settings, password_file.parent)
    common |= {"CAMPANILE_STORE__PASSWORD_FILE": str(password_file)}
    ops_ports = {name: free_port(settings.ops.host) for name in process_names(settings, addresses)}
    return plan_processes(settings, addresses, common, ops_ports)


def _reachable(host: str) -> str:
    """An address to connect to for one that is listened on."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 — nothing is bound here
    return f"[{host}]" if ":" in host else host

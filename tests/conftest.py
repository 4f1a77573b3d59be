"""What every test may ask for. The real Kafka and store start when the first test needs them, once per session."""

from importlib.util import find_spec

import pytest
from hypothesis import settings

_FIXTURES = ("tests.fixtures.kafka", "tests.fixtures.store")

pytest_plugins = [name for name in _FIXTURES if find_spec(name)]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--faults", type=int, default=3, help="how often each process is killed in the fault tests")


def pytest_configure() -> None:
    """Let drawn examples take the time they need: no test judges speed."""
    settings.register_profile("campanile", deadline=None)
    settings.load_profile("campanile")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no worker is left alone with it at the end."""
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    if item.get_closest_marker("slow") is None:
        return 2
    return 0 if item.path.parent.name == "faults" else 1


@pytest.fixture(scope="session")
def faults(pytestconfig: pytest.Config) -> int:
    """How often each process is killed."""
    return int(pytestconfig.getoption("--faults"))

"""What every test may ask for. The real Kafka and store start when the first test needs them, once per session."""

from importlib.util import find_spec

import pytest

_FIXTURES = ("tests.fixtures.kafka", "tests.fixtures.store")

pytest_plugins = [name for name in _FIXTURES if find_spec(name)]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--faults", type=int, default=3, help="how often each process is killed in the fault tests")


@pytest.fixture(scope="session")
def faults(pytestconfig: pytest.Config) -> int:
    """How often each process is killed."""
    return int(pytestconfig.getoption("--faults"))

from pathlib import Path

import pytest

from tests.lints.import_rooms import ROOMS, violations

ROOT = Path(__file__).parent.parent.parent

REFUSED = {
    "schemas uses a web framework": ("schemas.envelope", "import fastapi"),
    "schemas uses another room": ("schemas.frame", "from streams.core import system"),
    "schemas uses a fast JSON library": ("schemas.frame", "import orjson"),
    "ingest uses streams": ("ingest.framing", "from streams.core.system import System"),
    "ingest uses api": ("ingest.app", "import api.settings"),
    "ingest uses deploy": ("ingest.app", "from deploy import logs"),
    "streams uses ingest": ("streams.engine.keeper", "import ingest"),
    "streams uses api": ("streams.archive.writer", "from api import settings"),
    "streams uses deploy": ("streams.engine.worker", "from deploy.meter import PrometheusMeter"),
    "core uses Kafka": ("streams.core.document", "from aiokafka import AIOKafkaProducer"),
    "core uses Faust": ("streams.core.document", "import faust"),
    "core uses the machine's clock": ("streams.core.document", "from time import time"),
    "core uses the engine": ("streams.core.document", "from streams.engine import keeper"),
    "core knows a system": ("streams.core.document", "from streams.systems.canteen import SYSTEM"),
    "core knows a system by a literal": ("streams.core.plan", 'import_module(f"streams.systems.{name}")'),
    "system uses randomness": ("streams.systems.canteen", "import random"),
    "system uses the archive": ("streams.systems.canteen.fold", "import streams.archive.settings"),
    "api uses ingest": ("api.app", "from ingest.settings import GatewaySettings"),
    "api uses what seals at the gateway": ("api.privacy.unseal", "from ingest.pupil_sealer import PupilSealer"),
    "pupils' keys use the gateway": ("ingest.privacy.sealing", "from ingest.batch_validation import Columns"),
    "api uses deploy": ("api.app", "import deploy.http_server"),
    "api uses the engine": ("api.live.hub", "from streams.engine.keeper import Keeper"),
    "api uses an agent by the package's name": ("api.live.hub", "from streams import engine"),
    "import inside a function": ("api.app", "def f():\n    import deploy.meter"),
    "import for types only": ("ingest.app", "if TYPE_CHECKING:\n    from deploy.meter import PrometheusMeter"),
    "relative import": ("api.app", "from . import settings"),
    "product uses its tests": ("deploy.cli.up", "import tests.fixtures"),
    "environment at import": ("deploy.logs", "LEVEL = os.environ.get('LEVEL')"),
    "environment as a default argument": ("deploy.logs", "def f(level=os.getenv('LEVEL')): ..."),
    "environment in a class body": ("deploy.logs", "class A:\n    level = os.environ['LEVEL']"),
    "application at import": ("api.app", "app = FastAPI()"),
    "connection at import": ("ingest.publisher", "producer = KafkaProducer(bootstrap_servers='kafka')"),
    "logging at import": ("streams.engine.worker", "logging.basicConfig()"),
}
ALLOWED = {
    "schemas uses pydantic": ("schemas.envelope", "from pydantic import BaseModel\nimport msgspec\nimport zlib"),
    "api uses a rule book": ("api.rules", "from streams.systems import loaded\nfrom streams.core.system import Rule"),
    "api opens with the pupils' keys": ("api.privacy.unseal", "from ingest.privacy.key_store import KeyStore"),
    "deploy uses everybody": ("deploy.roles.api", "import api, ingest, streams.engine, schemas, kafka"),
    "engine uses Faust": ("streams.engine.worker", "import faust, aiokafka, time"),
    "environment in a function": ("deploy.logs", "def f():\n    return os.environ['LEVEL']"),
    "a name that only begins like a room": ("ingest.app", "import apis"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_lint_refuses(case: tuple[str, str]) -> None:
    assert violations(*case)


@pytest.mark.parametrize("case", ALLOWED.values(), ids=ALLOWED)
def test_lint_allows(case: tuple[str, str]) -> None:
    assert violations(*case) == []


def test_violation_names_the_line() -> None:
    (found,) = violations("api.app", "import json\n\nimport deploy.meter\n")
    assert (found.line, found.module) == (3, "api.app")


def test_imports_go_one_way() -> None:
    modules = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    found = [violation for path in modules for violation in violations(_name(path), path.read_text(encoding="utf-8"))]
    assert modules
    assert found == []


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

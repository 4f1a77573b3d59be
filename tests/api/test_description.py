"""The app against its own OpenAPI description: generated requests never get a 5xx or an undeclared status."""

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import Phase, given, seed, settings
from pydantic import BaseModel
from schemathesis.checks import CheckContext, not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from api.overview.line import SystemLine
from api.overview.overview import CampusLines, ConsortiumOverview
from api.overview.tree import OrganisationTree
from api.routes.alerts import AlertEntry
from api.routes.rules import RuleEntry
from api.settings import ApiSettings
from tests.api.support.serving import Rig, serving
from tests.api.support.world import BUS, CANTEEN, N1, N2, NORTH, AlertMaker, bearer, campus_record, rollup_record


def no_fault(ctx: CheckContext, response: Response, case: schemathesis.Case[Any]) -> bool | None:
    """No fault of ours. Nothing stands behind this API, so what needs log or store is told to come back: 503."""
    return None if response.status_code == 503 else not_a_server_error(ctx, response, case)


CHECKS = [no_fault, status_code_conformance, content_type_conformance, response_schema_conformance]


class ServedInThread:
    """The app on an event loop of its own, for a client that blocks; its streams are short."""

    def __init__(self) -> None:
        self._started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))
        self.base = ""

    async def _serve(self) -> None:
        rig = Rig(settings=ApiSettings(stream_lifetime_s=0.01))
        for campus_id in (N1, N2):
            rig.state(campus_record(campus_id, CANTEEN, 1))
            rig.alert(AlertMaker(campus_id, BUS).record(1))
        rig.rollup(rollup_record(NORTH, CANTEEN, 1))
        async with serving(rig.context()) as client:
            self.base = client.base
            self._started.set()
            await self._stop.wait()

    def __enter__(self) -> str:
        self._thread.start()
        assert self._started.wait(20)
        return self.base

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
        self._loop.close()


DESCRIPTION = schemathesis.openapi.from_dict(create_app(Rig().context()).openapi())
OPERATIONS = {found.ok().path: found.ok() for found in DESCRIPTION.get_all_operations() if isinstance(found, Ok)}


@pytest.mark.parametrize(
    "model", [SystemLine, CampusLines, ConsortiumOverview, OrganisationTree, AlertEntry, RuleEntry]
)
def test_every_example_fits_its_model(model: type[BaseModel]) -> None:
    (example,) = model.model_json_schema()["examples"]
    assert json.loads(model.model_validate_json(json.dumps(example)).model_dump_json()) == example


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with ServedInThread() as found:
        yield found


@pytest.mark.parametrize("path", OPERATIONS)
@pytest.mark.parametrize(("role", "examples"), [("bureau", 25), ("principal", 10), ("operator", 5), ("nobody", 5)])
def test_generated_requests_get_declared_answers_only(base: str, path: str, role: str, examples: int) -> None:
    """Parameters of every kind, fitting and not; the token is valid, foreign or none."""

    @seed(1)
    @settings(max_examples=examples, database=None, phases=[Phase.explicit, Phase.generate])
    @given(case=OPERATIONS[path].as_strategy() | OPERATIONS[path].as_strategy(GenerationMode.NEGATIVE))
    def ask(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(base_url=base, headers=bearer(role), checks=CHECKS)

    ask()

"""A sixth campus system, added by new files and one line of the registry, works from the gateway to the live view."""

import asyncio
import filecmp
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from deploy.demo.facts import bureau_token, registry_facts, source_token
from deploy.demo.planning import plan_county
from deploy.product import Product
from deploy.registry_writer import write_facts
from schemas.registry import SourceCredential
from schemas.systems import SYSTEMS
from tests.end_to_end.book_loans import EVENTS, SYSTEM
from tests.fixtures.kafka import JARS_DIR

pytestmark = [pytest.mark.engine, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
PACKAGES = ("schemas", "ingest", "streams", "api", "deploy")
SEEN_WITHIN_S = 120.0
REGISTRY = "schemas/systems/__init__.py"


@dataclass
class Library:
    """The product with a sixth system, and a consortium whose core school has a library."""

    tree: Path
    product: Product

    def __post_init__(self) -> None:
        county = plan_county(2, 1)
        self.consortium, self.campus = county.consortia[0], county.campuses[0]
        source = source_token(county.seed, self.campus.campus_id)
        self.sender = {"Authorization": f"Bearer {source.text}", "Content-Type": "application/cloudevents+json"}
        bureau = bureau_token(county.seed, county.counties[0].code)  # sees a system that the matrix does not name
        self.viewer = {"Authorization": f"Bearer {bureau.text}"}
        librarian = SourceCredential(
            token_id=source.token_id,
            token_sha256=source.sha256,
            campus_ids=frozenset({self.campus.campus_id}),
            systems=frozenset({*SYSTEMS, "library"}),
        )
        write_facts(self.product.running.bootstrap, "", [*registry_facts(county), librarian])

    def event(self, kind: str, number: int, data: dict[str, Any]) -> dict[str, Any]:
        """An event of book 7."""
        return {
            "specversion": "1.0",
            "id": f"loan-{number}",
            "source": f"urn:campanile:edge:{self.campus.campus_id}:library",
            "type": f"library.book.{kind}.v1",
            "subject": "book-7",
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60 + number)),
            "campusid": self.campus.campus_id,
            "sequence": str(number),
            "data": data,
        }

    async def lend(self, http: aiohttp.ClientSession, number: int, due_ms: int) -> None:
        await self._post(http, self.event("lent", number, {"due_ms": due_ms}))

    async def take_back(self, http: aiohttp.ClientSession, number: int) -> None:
        await self._post(http, self.event("returned", number, {}))

    async def _post(self, http: aiohttp.ClientSession, event: dict[str, Any]) -> None:
        """Send an event until it is acknowledged; the gateway may still be reading the registry."""
        body = json.dumps(event).encode()
        async with asyncio.timeout(SEEN_WITHIN_S):
            while True:
                address = f"{self.product.running.gateway}/v1/events"
                async with http.post(address, data=body, headers=self.sender) as answer:
                    if answer.status == 202:
                        return
                    assert answer.status in (401, 403, 503), await answer.text()
                await asyncio.sleep(0.1)

    async def sees(self, http: aiohttp.ClientSession, books_out: int, alerts: list[str]) -> dict[str, Any]:
        """The library's line of the live view, once it counts so many books out; the open alerts are as given."""
        async with asyncio.timeout(SEEN_WITHIN_S):
            while True:
                line = await self._line(http)
                opened = (await self._get(http, "/v1/alerts"))["alerts"]
                subjects = [alert["subject"] for alert in opened if alert["rule"] == "library.book_overdue"]
                if line and line["counts"].get("books_out") == books_out and subjects == alerts:
                    return line
                await asyncio.sleep(0.1)

    async def _line(self, http: aiohttp.ClientSession) -> dict[str, Any] | None:
        overview = await self._get(http, f"/v1/consortia/{self.consortium.consortium_id}/live")
        lines = [line for campus in overview["campuses"] for line in campus["systems"] if line["system"] == "library"]
        return lines[0] if lines else None

    async def _get(self, http: aiohttp.ClientSession, path: str) -> Any:  # noqa: ANN401 — a JSON answer
        while True:
            async with http.get(self.product.running.api + path, headers=self.viewer) as answer:
                if answer.status == 200:
                    return await answer.json()
                assert answer.status == 401, await answer.text()  # it has not read the registry's last facts yet
            await asyncio.sleep(0.1)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    tree = tmp_path_factory.mktemp("sixth") / "tree"
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
    _add_the_library(tree)
    environment = {
        "CAMPANILE_EMBEDDED__JARS_DIR": str(JARS_DIR),
        "CAMPANILE_PARTITIONS": "4",
        "PYTHONPATH": str(tree),
    }
    with Product(tree.with_name("data"), environment, cwd=tree) as product:
        yield Library(tree, product)


def _add_the_library(tree: Path) -> None:
    (tree / "schemas/systems/library.py").write_text(EVENTS, encoding="utf-8")
    (tree / "streams/systems/library.py").write_text(SYSTEM, encoding="utf-8")
    registry = tree / REGISTRY
    last = f'        "{SYSTEMS[-1]}",\n'
    text = registry.read_text(encoding="utf-8")
    assert text.count(last) == 1
    registry.write_text(text.replace(last, f'{last}        "library",\n'), encoding="utf-8")


def _differences(mine: Path, theirs: Path) -> set[str]:
    """Files that are not the same in both trees, and those of one tree alone."""
    found = set()
    for package in PACKAGES:
        queue = [filecmp.dircmp(mine / package, theirs / package)]
        while queue:
            compared = queue.pop()
            place = Path(compared.left).relative_to(mine)
            odd = compared.left_only + compared.right_only + compared.diff_files + compared.funny_files
            found |= {str(place / name) for name in odd}
            queue += compared.subdirs.values()
    return found


def test_nothing_but_new_files_and_one_line_was_added(library: Library) -> None:
    assert _differences(library.tree, ROOT) == {
        REGISTRY,
        "schemas/systems/library.py",
        "streams/systems/library.py",
    }
    before, after = ((place / REGISTRY).read_text(encoding="utf-8").splitlines() for place in (ROOT, library.tree))
    assert [line for line in after if line not in before] == ['        "library",']
    assert len(after) == len(before) + 1


async def test_its_events_reach_the_live_view_with_condition_counts_and_alert(library: Library) -> None:
    now_ms = time.time_ns() // 1_000_000
    async with aiohttp.ClientSession() as http:
        await library.lend(http, 1, due_ms=now_ms + 3_600_000)
        line = await library.sees(http, books_out=1, alerts=[])
        assert (line["condition"], line["counts"]) == ("ok", {"books": 1, "books_out": 1})

        await library.lend(http, 2, due_ms=now_ms - 3_600_000)
        line = await library.sees(http, books_out=1, alerts=["book-7"])
        assert (line["condition"], line["severity"], line["open_alerts"]) == ("alert", 4, [0, 0, 0, 1])

        await library.take_back(http, 3)
        line = await library.sees(http, books_out=0, alerts=[])
        assert (line["condition"], line["severity"]) == ("ok", 0)

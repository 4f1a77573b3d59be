"""Names, numbers and tokens of invented children are sent through the whole product; then everything is searched."""

import io
import json
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition
from pyarrow import parquet

from deploy.demo.facts import bureau_token, registry_facts, source_token
from deploy.demo.planning import plan_county
from deploy.product import Product
from deploy.registry_writer import write_facts
from schemas.registry import Role, ViewerCredential
from schemas.tokens import derive_token
from schemas.topics import DEADLETTER, TOPICS
from streams.archive.proving import verify_partition
from streams.archive.settings import StoreSettings
from streams.archive.store_client import connect, rows, session
from tests.fixtures.kafka import JARS_DIR
from tests.fixtures.processes import wait_until

pytestmark = [pytest.mark.engine, pytest.mark.slow]

PARTITIONS = 2
TOKEN, OTHER_TOKEN = "p_kanarienvogel_1", "p_kanarienvogel_2"
STOP = "s-kanarienvogel-gasse"
NAME, CITIZEN_NUMBER = "金丝雀小明", "421122201501018888"
CANARIES = (TOKEN, OTHER_TOKEN, STOP, NAME, CITIZEN_NUMBER)
SPELLINGS = tuple({spelt for text in CANARIES for spelt in (text, json.dumps(text)[1:-1], text.encode().hex())})
WITHIN_S = 90.0
PRINCIPAL = derive_token("cvt", b"canary principal")


@dataclass
class Answer:
    """A status and what came with it."""

    status: int
    body: bytes

    @property
    def text(self) -> str:
        """As text, whatever it is."""
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> Any:  # noqa: ANN401 — a JSON answer
        return json.loads(self.text)


class School:
    """A campus of the running product, its bus, its principal and its bureau."""

    def __init__(self, product: Product) -> None:
        self.product = product
        county = plan_county(2, 1)
        self.campus_id = county.campuses[0].campus_id
        self.source = source_token(county.seed, self.campus_id).text
        self.bureau = bureau_token(county.seed, county.counties[0].code).text
        principal = ViewerCredential(
            token_id=PRINCIPAL.token_id,
            token_sha256=PRINCIPAL.sha256,
            role=Role.PRINCIPAL,
            scope=frozenset({f"campus:{self.campus_id}"}),
        )
        write_facts(product.running.bootstrap, "", [*registry_facts(county), principal])

    def event(self, number: int, kind: str = "boarded", **data: str) -> dict[str, Any]:
        """One child at the door of a bus."""
        trip = {"trip_id": "t-canary", "pupil_token": TOKEN, "stop_id": STOP, "method": "card"}
        return {
            "specversion": "1.0",
            "id": f"canary-{number}",
            "source": f"urn:campanile:edge:{self.campus_id}:bus",
            "type": f"school_bus.pupil.{kind}.v1",
            "subject": "bus-1",
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60 + number)),
            "campusid": self.campus_id,
            "data": trip | data,
        }

    def send(self, body: bytes) -> Answer:
        """To the gateway, as a batch."""
        return self._ask(
            f"{self.product.running.gateway}/v1/events", body, self.source, "application/cloudevents-batch+json"
        )

    def ask(self, path: str, body: object = None, token: str = PRINCIPAL.text) -> Answer:
        """To the API."""
        raw = None if body is None else json.dumps(body).encode()
        return self._ask(self.product.running.api + path, raw, token, "application/json")

    def _ask(self, address: str, body: bytes | None, token: str, media_type: str) -> Answer:
        """Again while the process has not read the registry's last facts yet."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": media_type}
        deadline = time.monotonic() + WITHIN_S
        while True:
            request = urllib.request.Request(address, body, headers)  # noqa: S310 — the product's own address
            try:
                with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 — the product's own address
                    return Answer(response.status, response.read())
            except urllib.error.HTTPError as error:
                if error.code not in (401, 503) or time.monotonic() > deadline:
                    return Answer(error.code, error.read())
            time.sleep(0.1)

    def evidence(self) -> Answer:
        """A bundle of the last hour of the bus."""
        now_ms = int(time.time() * 1000)
        order = {"from_ms": now_ms - 3_600_000, "to_ms": now_ms, "system": ["school_bus"], "case": "case 17"}
        return self.ask(
            "/v1/evidence", order | {"scope": [f"campus:{self.campus_id}"], "purpose": "looking for canaries"}
        )

    def store(self) -> StoreSettings:
        """The product's own store."""
        running = self.product.running
        password = Path(running.store_password_file).read_text(encoding="utf-8").strip()
        return StoreSettings(host=running.store_host, port=running.store_port, password=password)

    def stored(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the store."""
        with session(self.store()) as client:
            return rows(client, sql)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    environment = {
        "CAMPANILE_EMBEDDED__JARS_DIR": str(JARS_DIR),
        "CAMPANILE_PARTITIONS": str(PARTITIONS),
        "CAMPANILE_LOG_LEVEL": "debug",
    }
    with Product(tmp_path_factory.mktemp("canary") / "data", environment) as product:
        made = School(product)
        _let_the_canaries_in(made)
        yield made


def _let_the_canaries_in(school: School) -> None:
    ridden = [
        school.event(1),
        school.event(2, "alighted"),
        school.event(3, pupil_token=OTHER_TOKEN),
    ]
    refused = [
        school.event(5, pupil_token=NAME),
        school.event(6, note=f"{NAME} {CITIZEN_NUMBER}"),
        school.event(7, "renamed", name=NAME),
        school.event(8) | {"subject": NAME},
        school.event(9) | {"campusid": NAME},
    ]
    receipt = school.send(json.dumps(ridden + refused, ensure_ascii=False).encode())
    assert (receipt.status, receipt.json["accepted"], receipt.json["rejected"]) == (202, 3, 5), receipt.text
    assert school.send(f'[{{"pupil": "{NAME} {CITIZEN_NUMBER}"'.encode()).status == 400
    school.send(json.dumps([school.event(1)]).encode())
    wait_until(lambda: school.stored(BOARDED) == [(3,)], timeout_s=WITHIN_S, what="the events are archived")


BOARDED = "SELECT count() FROM events FINAL WHERE system = 'school_bus'"


def found_in(content: bytes | str) -> list[str]:
    """The canaries that sing in it."""
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    return [spelt for spelt in SPELLINGS if spelt in text]


def log_records(school: School, topic: str) -> Iterator[Any]:
    consumer = KafkaConsumer(bootstrap_servers=school.product.running.bootstrap, enable_auto_commit=False)
    try:
        places = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(places)
        consumer.seek_to_beginning()
        ends = consumer.end_offsets(places)
        while any(consumer.position(place) < ends[place] for place in places):
            yield from (record for part in consumer.poll(200).values() for record in part)
    finally:
        consumer.close()


def test_no_canary_is_in_any_record_of_the_log(school: School) -> None:
    for topic in TOPICS:
        for record in log_records(school, topic.name):
            headers = " ".join(value.decode() for _, value in record.headers)
            assert found_in((record.key or b"") + (record.value or b"")) == [], topic.name
            assert found_in(headers) == [], topic.name


def test_the_refused_input_is_kept_all_the_same(school: School) -> None:
    assert len(list(log_records(school, DEADLETTER.name))) == 6


def test_no_canary_is_in_the_store(school: School) -> None:
    text_columns = school.stored(
        "SELECT table, name FROM system.columns WHERE database = currentDatabase() AND type LIKE '%String%'"
    )
    assert len(text_columns) > 20
    for table, name in text_columns:
        column = f"toString({name})"
        for spelt in SPELLINGS:
            sql = f"SELECT count() FROM {table} WHERE position({column}, '{spelt}') > 0"  # noqa: S608 — our own text
            assert school.stored(sql) == [(0,)], (table, name)


def test_no_canary_is_in_any_file_of_the_deployment(school: School) -> None:
    files = [file for file in school.product.data_dir.rglob("*") if file.is_file()]
    assert any(file.suffix == ".jsonl" for file in files)
    assert any(file.name == "pupil-keys.sqlite" for file in files)
    assert {file.name: found for file in files if (found := found_in(_bytes_of(file)))} == {}


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:  # merged or rolled away since it was listed
        return b""


def test_no_canary_is_in_any_metric(school: School) -> None:
    for name, base in school.product.running.ops.items():
        with urllib.request.urlopen(f"{base}/metrics", timeout=10) as response:  # noqa: S310 — the product's own address
            assert found_in(response.read()) == [], name


def test_no_canary_is_in_what_the_school_reads_of_its_past(school: School) -> None:
    now_ms = int(time.time() * 1000)
    question = (
        f"scope=campus:{school.campus_id}&from_ms={now_ms - 3_600_000}&to_ms={now_ms}&purpose=looking-for-canaries"
    )
    answer = school.ask(f"/v1/history/events?{question}&system=school_bus")

    assert answer.status == 200, answer.text
    assert "key_ref" in answer.text
    assert found_in(answer.text) == []


@pytest.mark.parametrize("path", ["/v1/logbook", "/v1/exports"])
def test_no_canary_is_in_a_logbook_or_in_an_export_of_any_format(school: School, path: str) -> None:
    formats = "".join(f"&format={name}" for name in ("ndjson", "csv", "xlsx", "parquet")) if "export" in path else ""

    answer = school.ask(f"{path}?{question(school)}&system=school_bus{formats}")

    assert answer.status == 200, answer.text
    parts = parts_of(answer.body)
    assert len(parts) > (4 if formats else 0)
    assert {name: found for name, part in parts if (found := found_in(part))} == {}


def test_no_canary_is_in_a_replay(school: School) -> None:
    now_ms = int(time.time() * 1000)
    order = {"scope": [f"campus:{school.campus_id}"], "speed": "max", "purpose": "looking for canaries"}
    span = {"from_ms": now_ms - 3_600_000, "to_ms": now_ms}

    made = school.ask("/v1/replays", order | span | {"states": True})
    shown = school.ask(f"/v1/replays/{made.json['replay_id']}/stream")

    assert (made.status, shown.status) == (201, 200), shown.text
    assert "school_bus.pupil.boarded.v1" in shown.text
    assert found_in(made.text + shown.text) == []


def test_no_canary_is_in_what_is_handed_out_as_evidence(school: School) -> None:
    bundle = school.evidence()
    source = f"urn:campanile:edge:{school.campus_id}:bus"
    proof = school.ask(f"/v1/proof/events?source={source}&id=canary-1&purpose=looking-for-canaries")

    assert (bundle.status, proof.status) == (200, 200), proof.text
    parts = parts_of(bundle.body)
    assert len(parts) > 3
    assert {name: found for name, part in parts if (found := found_in(part))} == {}
    assert found_in(proof.text) == []


def test_no_canary_is_in_the_record_of_access(school: School) -> None:
    answer = school.ask(f"/v1/access?campus={school.campus_id}&purpose=looking-for-canaries", token=school.bureau)

    assert answer.status == 200, answer.text
    assert "access.read.v1" in answer.text
    assert found_in(answer.text) == []


def test_retention_was_applied_by_itself(school: School) -> None:
    wait_until(lambda: school.stored(DAILY) == [(1,)], timeout_s=WITHIN_S, what="retention is applied")
    with urllib.request.urlopen(f"{school.product.running.ops['archive']}/metrics", timeout=10) as response:  # noqa: S310 — the product's own address
        assert b"campanile_retention_applied_timestamp_seconds 1.7" in response.read()


DAILY = "SELECT count() FROM retention_runs WHERE applied_by = 'daily'"


def question(school: School) -> str:
    """The campus's last hour, for history's routes."""
    now_ms = int(time.time() * 1000)
    return f"scope=campus:{school.campus_id}&from_ms={now_ms - 3_600_000}&to_ms={now_ms}&purpose=looking-for-canaries"


def parts_of(body: bytes) -> list[tuple[str, bytes]]:
    """What a zip holds, and what zips within it hold; of a Parquet file its values."""
    if not body.startswith(b"PK"):
        return [("", body)]
    found = []
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        for name in archive.namelist():
            part = archive.read(name)
            if name.endswith(".parquet"):
                part = str(parquet.read_table(io.BytesIO(part)).to_pylist()).encode()
            found += [(f"{name}/{inner}", piece) for inner, piece in parts_of(part)]
    return found


def test_the_fold_counts_children_that_it_cannot_name(school: School) -> None:
    answer = school.ask(f"/v1/campuses/{school.campus_id}/systems/school_bus")

    (trip,) = answer.json["status"]["state"]["trips"].values()
    assert trip.get("aboard", 0) == 1


def test_a_copy_is_whole_and_an_erasure_takes_it_while_proofs_and_counts_stay(school: School) -> None:
    wanted = {"campus_id": school.campus_id, "pupil_token": TOKEN, "purpose": "guardian asks for a copy"}
    copy = school.ask("/v1/privacy/subjects/export", wanted)
    assert [json.loads(line)["data"]["stop_id"] for line in copy.text.splitlines()] == [STOP, STOP]
    frames = school.stored("SELECT partition, offset, sipHash64(value) FROM frames FINAL ORDER BY ALL LIMIT 3")

    order = {"campus_id": school.campus_id, "pupil_token": TOKEN, "ground": "guardian_request"}
    asked = school.ask("/v1/privacy/erasures", order | {"legal_basis": "pipl_47_3"})
    path = f"/v1/privacy/erasures/{asked.json['erasure_id']}/approval"
    done = school.ask(path, {}, token=school.bureau)

    assert (asked.status, done.status, done.json["state"]) == (201, 200, "done"), done.text
    assert school.ask("/v1/privacy/subjects/export", wanted).text == ""
    other = school.ask("/v1/privacy/subjects/export", wanted | {"pupil_token": OTHER_TOKEN})
    assert len(other.text.splitlines()) == 1
    assert school.stored(BOARDED) == [(3,)]
    assert frames == school.stored("SELECT partition, offset, sipHash64(value) FROM frames FINAL ORDER BY ALL LIMIT 3")
    wait_until(lambda: _receipts(school) == [(1,)], timeout_s=WITHIN_S, what="the receipt is archived")
    client = connect(school.store(), as_bytes=True)
    assert [list(verify_partition(client, number)) for number in range(PARTITIONS)] == [[], []]
    client.disconnect()


def _receipts(school: School) -> list[tuple[Any, ...]]:
    return school.stored("SELECT count() FROM events WHERE type = 'access.subject_keys_destroyed.v1'")

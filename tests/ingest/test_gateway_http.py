"""The gateway as its senders meet it: a real process, a real Kafka."""

import contextlib
import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.topic_plan import TopicAdmin
from schemas.frame import split_frame, stamp
from schemas.ids import SystemName
from schemas.partitioning import partition_of
from schemas.problems import Problem
from schemas.tokens import derive_token
from schemas.topics import EVENTS
from tests.ingest.ingest_samples import CAMPUS, OTHER_CAMPUS, TIME_MS, encode, event
from tests.ingest.running_gateway import (
    BATCH,
    PARTITIONS,
    SINGLE,
    TOKEN,
    Answer,
    LogReader,
    RunningGateway,
    credential,
    put_facts,
    until,
)

pytestmark = pytest.mark.engine
NARROW = derive_token("cst", b"narrow")
REVOCABLE = derive_token("cst", b"revocable")
AUTHORIZED = f"Authorization: Bearer {TOKEN.text}\r\n"


@pytest.fixture(scope="module")
def topics(kafka_bootstrap: str) -> Iterator[str]:
    """A prefix for the whole module."""
    admin = TopicAdmin(kafka_bootstrap, prefix="gateway-http-", partitions=PARTITIONS, replication_factor=1)
    admin.apply(admin.plan())
    yield "gateway-http-"
    admin.delete_all()
    admin.close()


@pytest.fixture(scope="module")
def gateway(kafka_bootstrap: str, topics: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    put_facts(
        kafka_bootstrap,
        topics,
        credential(),
        credential(NARROW, systems=(SystemName("canteen"),)),
        credential(REVOCABLE),
    )
    directory = tmp_path_factory.mktemp("gateway")
    with RunningGateway(kafka_bootstrap, topics, directory, {"CAMPANILE_GATEWAY__BODY_DEADLINE_S": "1.5"}) as running:
        yield running


@pytest.fixture(scope="module")
def log(kafka_bootstrap: str, topics: str) -> LogReader:
    return LogReader(kafka_bootstrap, topics)


def problem(answer: Answer, status: int) -> Problem:
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/problem+json"
    found = Problem.model_validate(answer.json)
    assert (found.status, found.code[:6]) == (status, "CAMP-1")
    assert " / " in found.title
    return found


def test_202_means_that_the_log_has_the_event_as_it_was_sent(gateway: RunningGateway, log: LogReader) -> None:
    sent = event(id="single", sequence="1")

    answer = gateway.post(sent, SINGLE)

    assert answer.status == 202
    assert answer.json == {"accepted": 1, "duplicates": 0, "rejected": 0, "errors": []}
    (found,) = [logged for logged in log.events() if logged.id == "single"]
    assert (found.occurredms, found.sequence, found.data) == (TIME_MS, 1, sent["data"])
    stored = [bytes(raw) for record in log.records(EVENTS.name) for raw in split_frame(record.value)]
    assert stamp(encode(sent), TIME_MS, found.receivedms) in stored


def test_a_batch_reaches_the_partitions_of_its_campuses_in_order(gateway: RunningGateway, log: LogReader) -> None:
    events = [event(id=f"b{n}", campusid=(CAMPUS, OTHER_CAMPUS)[n % 2]) for n in range(100)]

    answer = gateway.post(events)

    assert answer.json["accepted"] == 100
    for record in log.records(EVENTS.name):
        campuses = {json.loads(bytes(raw))["campusid"] for raw in split_frame(record.value)}
        assert {partition_of(campus, PARTITIONS) for campus in campuses} == {record.partition}
        assert record.key is None
    assert [e.id for e in log.events() if e.id[0] == "b" and e.campusid == CAMPUS] == [
        f"b{n}" for n in range(0, 100, 2)
    ]


def test_a_binary_event_is_taken(gateway: RunningGateway, log: LogReader) -> None:
    headers = {f"ce-{name}": value for name, value in event(id="binary").items() if name != "data"}

    answer = gateway.post(event()["data"], "application/json", TOKEN, **headers)

    assert answer.status == 202
    assert [logged.data for logged in log.events() if logged.id == "binary"] == [event()["data"]]


def test_what_is_rejected_is_kept_with_its_reason_and_does_not_stop_its_neighbours(
    gateway: RunningGateway, log: LogReader
) -> None:
    bad = event(id="bad", data={"zone": "freezer", "temp_c": "-18"})

    answer = gateway.post([event(id="n1"), bad, event(id="n2", campusid="c-9"), event(id="n3")])

    assert answer.status == 202
    assert (answer.json["accepted"], answer.json["rejected"]) == (2, 2)
    assert [(line["index"], line["reason"]) for line in answer.json["errors"]] == [
        (1, "invalid"),
        (2, "foreign_campus"),
    ]
    (letter,) = [found for found in log.dead_letters() if found.raw == encode(bad)]
    assert (letter.reason, letter.origin, letter.token_id) == ("invalid", "gateway", TOKEN.token_id)
    assert letter.detail.startswith("data.temp_c")
    assert {"n1", "n3"} <= {logged.id for logged in log.events()}
    assert not {"bad", "n2"} & {logged.id for logged in log.events()}


def test_an_acknowledged_event_sent_again_is_a_duplicate(gateway: RunningGateway) -> None:
    again = event(id="again")
    gateway.post([again])

    answer = gateway.post([again, event(id="again-not"), event(id="again-not")])

    assert (answer.json["accepted"], answer.json["duplicates"]) == (1, 2)


def test_a_single_bad_event_is_answered_422_and_kept(gateway: RunningGateway, log: LogReader) -> None:
    raw = encode(event(id="422", data={}))

    found = problem(gateway.post(raw, SINGLE), 422)

    assert found.errors[0]["reason"] == "invalid"
    assert raw in [letter.raw for letter in log.dead_letters()]


@pytest.mark.parametrize("body", [b"", b"nope", b"\xef\xbb\xbf[]", "[]".encode("utf-16"), b"[" * 300_000])
@pytest.mark.parametrize("content_type", [BATCH, SINGLE])
def test_what_is_no_json_is_answered_400(gateway: RunningGateway, body: bytes, content_type: str) -> None:
    if content_type == SINGLE and len(body) > 65_536:
        problem(gateway.post(body, content_type), 413)
    else:
        problem(gateway.post(body, content_type), 400)


def test_strangers_get_401_and_how_to_come_in(gateway: RunningGateway) -> None:
    answer = gateway.post([event()], token=derive_token("cst", b"stranger"))

    problem(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_foreign_single_event_is_answered_403(gateway: RunningGateway) -> None:
    assert problem(gateway.post(event(campusid="c-9"), SINGLE), 403).detail.startswith("campusid")
    bus = event("school_bus.stop.arrived.v1")
    assert problem(gateway.post(bus, SINGLE, NARROW), 403).detail.startswith("type")
    assert gateway.post(event(id="narrow"), SINGLE, NARROW).status == 202


def test_a_revoked_token_is_refused_as_soon_as_the_fact_arrives(
    gateway: RunningGateway, kafka_bootstrap: str, topics: str
) -> None:
    assert gateway.post([], token=REVOCABLE).status == 202

    put_facts(kafka_bootstrap, topics, credential(REVOCABLE, revoked=True))

    until(lambda: gateway.post([], token=REVOCABLE).status == 401)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_answered_405(gateway: RunningGateway, method: str) -> None:
    answer = gateway.request(method, "/v1/events", None, {})

    problem(answer, 405)
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/events/", "/v1/events%00", "/../etc/passwd", "/v1/event"])
def test_other_paths_are_answered_404(gateway: RunningGateway, path: str) -> None:
    problem(gateway.request("POST", path, b"{}", {}), 404)


@pytest.mark.parametrize(
    ("content_type", "encoding"),
    [
        ("text/plain", "identity"),
        ("application/json", "identity"),
        (BATCH, "gzip"),
        (f"{BATCH};charset=gbk", "identity"),
    ],
)
def test_other_kinds_of_bodies_are_answered_415(gateway: RunningGateway, content_type: str, encoding: str) -> None:
    problem(gateway.post([event()], content_type, content_encoding=encoding), 415)


def test_a_batch_over_its_limits_is_answered_413(gateway: RunningGateway) -> None:
    problem(gateway.post(b" " * (8 << 20) + b"[]"), 413)
    problem(gateway.post(b"[" + b"1," * 10_000 + b"1]"), 413)
    problem(gateway.post(b"[" + b"1," * 3_000_000 + b"1]"), 413)
    assert gateway.post(b" " * ((8 << 20) - 2) + b"[]").status == 202


def test_a_huge_body_costs_no_memory_and_its_sender_sees_why(gateway: RunningGateway) -> None:
    before = gateway.memory_bytes()
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=60) as connection:
        head = f"POST /v1/events HTTP/1.1\r\nHost: x\r\n{AUTHORIZED}Content-Type: {BATCH}\r\n"
        connection.sendall(head.encode() + b"Content-Length: 62914560\r\n\r\n")
        for _ in range(60):
            connection.sendall(b" " * (1 << 20))
        answer = connection.recv(65536)

    assert answer.startswith(b"HTTP/1.1 413")
    assert gateway.memory_bytes() - before < 20 << 20


def test_a_chunked_body_without_end_is_answered_413_and_cut_off(gateway: RunningGateway) -> None:
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    received = b""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=60) as connection:
        head = f"POST /v1/events HTTP/1.1\r\nHost: x\r\n{AUTHORIZED}Content-Type: {BATCH}\r\n"
        connection.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
        reader = threading.Thread(target=lambda: parts.append(connection.recv(65536)))
        parts: list[bytes] = []
        reader.start()
        deadline = time.monotonic() + 60
        with contextlib.suppress(ConnectionError, TimeoutError):
            while time.monotonic() < deadline:
                connection.sendall(chunk)
        reader.join()
        received = b"".join(parts)

    assert received.startswith(b"HTTP/1.1 413")
    assert time.monotonic() < deadline


def test_a_slow_body_is_answered_408(gateway: RunningGateway) -> None:
    head = f"POST /v1/events HTTP/1.1\r\nHost: x\r\n{AUTHORIZED}Content-Type: {BATCH}\r\nContent-Length: 100\r\n\r\n["

    answer = gateway.raw(head.encode())

    assert answer.startswith(b"HTTP/1.1 408")


def test_bytes_that_are_promised_count_as_held_so_memory_is_bounded(gateway: RunningGateway) -> None:
    head = f"POST /v1/events HTTP/1.1\r\nHost: x\r\n{AUTHORIZED}Content-Type: {BATCH}\r\n"
    promise = f"Content-Length: {8 << 20}\r\n\r\n"
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            connection = socket.create_connection(("127.0.0.1", gateway.port), timeout=60)
            stack.enter_context(connection).sendall((head + promise).encode())
        until(lambda: gateway.post([event(id="held")]).status == 503)

    until(lambda: gateway.post([event(id="held")]).status == 202)


HEADS_REFUSED = {
    "10,000 headers": "POST /v1/events HTTP/1.1\r\nHost: x\r\n" + "X-A: b\r\n" * 10_000 + "\r\n",
    "a header without end": "POST /v1/events HTTP/1.1\r\nX-A: " + "b" * 200_000,
    "two lengths": "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n[]",
    "a length and chunks": "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a negative length": "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: -2\r\n\r\n",
    "no HTTP": "\x16\x03\x01\x02\x00\x01",
    "a line feed in a header": "POST /v1/events HTTP/1.1\r\nHost: x\r\nX-A\n b: c\r\n\r\n",
}


@pytest.mark.parametrize("head", HEADS_REFUSED.values(), ids=HEADS_REFUSED)
def test_broken_heads_are_answered_400(gateway: RunningGateway, head: str) -> None:
    assert gateway.raw(head.encode("latin-1")).startswith(b"HTTP/1.1 400")


def test_a_forged_address_or_host_changes_nothing(gateway: RunningGateway) -> None:
    answer = gateway.post(
        [event(id="forged")], x_forwarded_for="1.2.3.4", host="evil.example:1", forwarded="for=9.9.9.9"
    )

    assert answer.status == 202


def test_the_documentation_is_served_from_own_files_and_its_examples_are_valid(gateway: RunningGateway) -> None:
    page = gateway.request("GET", "/docs", None, {})
    schema = gateway.request("GET", "/v1/openapi.json", None, {}).json
    examples = schema["paths"]["/v1/events"]["post"]["requestBody"]["content"]

    assert page.status == 200
    assert b"https://" not in page.json
    assert gateway.post(examples[SINGLE]["example"], SINGLE).json["accepted"] == 1
    assert gateway.post(examples[BATCH]["example"]).json["rejected"] == 0


def test_requests_are_counted_by_status_and_events_by_verdict(gateway: RunningGateway) -> None:
    gateway.post([event(id="counted"), event(id="counted"), 7])

    _, page = gateway.ops("/metrics")

    for line in (
        'campanile_gateway_requests_total{status="202"}',
        'campanile_gateway_events_total{verdict="accepted"}',
        'campanile_gateway_events_total{verdict="duplicate"}',
        'campanile_gateway_rejected_total{reason="invalid"}',
        "campanile_gateway_held_bytes 0.0",
    ):
        assert line in page
    assert CAMPUS not in page


FUZZED_HEADERS = st.dictionaries(
    st.sampled_from(["content-type", "content-encoding", "ce-specversion", "ce-id", "ce-type", "ce-time", "ce-x"]),
    st.one_of(
        st.sampled_from([BATCH, SINGLE, "application/json", "identity", "1.0", "%FF", '"a', "text/plain; charset=x"]),
        st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=30),
    ),
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
EVENT_LIKE = st.dictionaries(st.sampled_from(sorted(event())), JSON_VALUES, max_size=6).map(lambda part: event() | part)


def _encoded(value: object) -> bytes:
    return json.dumps(value).encode()


@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["POST"] * 9 + ["GET"]),
    headers=FUZZED_HEADERS,
    body=st.one_of(
        st.binary(max_size=200),
        EVENT_LIKE.map(_encoded),
        st.lists(EVENT_LIKE, max_size=3).map(_encoded),
        JSON_VALUES.map(_encoded),
    ),
)
def test_no_request_is_answered_with_a_server_error(
    gateway: RunningGateway, method: str, headers: dict[str, str], body: bytes
) -> None:
    authorized = {"authorization": f"Bearer {TOKEN.text}", "content-type": BATCH}

    answer = gateway.request(method, "/v1/events", body, authorized | headers)

    assert answer.status in {202, 400, 403, 405, 413, 415, 422}, answer


def test_several_gateways_share_one_port_and_one_that_stops_leaves_cleanly(
    gateway: RunningGateway, kafka_bootstrap: str, topics: str, tmp_path: Path
) -> None:
    second = RunningGateway(kafka_bootstrap, topics, tmp_path, {}, port=gateway.port)
    with second:
        second.signal(signal.SIGTERM)
        assert second.running.wait(30) == 0
    assert gateway.post([event(id="after")]).status == 202


def test_a_token_that_sends_too_fast_is_told_when_to_come_back(
    kafka_bootstrap: str, topics: str, gateway: RunningGateway, tmp_path: Path
) -> None:
    assert gateway.is_ready()
    slow = {"CAMPANILE_GATEWAY__RATE_EVENTS_PER_S": "0.1", "CAMPANILE_GATEWAY__RATE_BURST_EVENTS": "10000"}
    with RunningGateway(kafka_bootstrap, topics, tmp_path, slow) as limited:
        assert limited.post([7] * 10_000).status == 202
        answer = limited.post([7])

    problem(answer, 429)
    assert int(answer.headers["retry-after"]) >= 1

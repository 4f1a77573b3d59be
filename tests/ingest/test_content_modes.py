import msgspec
import pytest

from ingest.content_modes import MAX_EVENTS, MAX_VALUES, Mode, mode_of, single_binary, single_structured, split_batch
from ingest.errors import MediaTypeError, NotJsonError, TooLargeError
from tests.ingest.ingest_samples import encode, event

BATCH = b"application/cloudevents-batch+json"


@pytest.mark.parametrize(
    ("headers", "mode"),
    [
        ({b"content-type": BATCH}, Mode.BATCH),
        ({b"content-type": b"Application/CloudEvents+JSON ; charset=UTF-8"}, Mode.STRUCTURED),
        ({b"content-type": b'application/json; charset="utf-8"', b"ce-specversion": b"1.0"}, Mode.BINARY),
        ({b"content-type": BATCH, b"content-encoding": b"identity"}, Mode.BATCH),
    ],
)
def test_the_content_type_tells_the_mode(headers: dict[bytes, bytes], mode: Mode) -> None:
    assert mode_of(headers) is mode


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {b"content-type": b"text/plain"},
        {b"content-type": b"application/json"},
        {b"content-type": BATCH + b"; charset=gbk"},
        {b"content-type": BATCH, b"content-encoding": b"gzip"},
        {b"content-type": BATCH, b"content-encoding": b"identity, gzip"},
    ],
)
def test_other_types_character_sets_and_encodings_are_refused(headers: dict[bytes, bytes]) -> None:
    with pytest.raises(MediaTypeError):
        mode_of(headers)


def test_a_batch_is_cut_into_its_own_bytes() -> None:
    assert split_batch(b' [ {"a" : 1} ,\n2, "x,y" ] ').events == [b'{"a" : 1}', b"2", b'"x,y"']


NO_BATCHES = {
    "empty": b"", "an object": b"{}", "a trailing comma": b"[1,]", "two values": b"[] []", "NaN": b"[NaN]",
    "a byte order mark": b"\xef\xbb\xbf[]", "UTF-16": "[]".encode("utf-16"), "an open array": b"[1",
    "an array 200,000 deep": b"[" * 200_000 + b"]" * 200_000, "an object 200,000 deep": b"[" + b'{"a":' * 200_000,
}  # fmt: skip


@pytest.mark.parametrize("body", NO_BATCHES.values(), ids=NO_BATCHES)
def test_what_is_no_json_array_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(NotJsonError):
        split_batch(body)


def test_more_events_or_values_than_allowed_are_too_many() -> None:
    split_batch(b"[" + b",".join([b"1"] * MAX_EVENTS) + b"]")

    with pytest.raises(TooLargeError):
        split_batch(b"[" + b",".join([b"1"] * (MAX_EVENTS + 1)) + b"]")
    with pytest.raises(TooLargeError):
        split_batch(b"[[" + b"1," * (MAX_VALUES + 1) + b"1]]")


@pytest.mark.parametrize("body", [b"", b"{", b"{} {}", b"\xff", b'{"a":"\xff"}', b"[" * 200_000])
def test_a_single_event_must_be_one_json_text(body: bytes) -> None:
    with pytest.raises(NotJsonError):
        single_structured(body)


def headers_of(attributes: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(f"ce-{name}".encode(), value.encode()) for name, value in attributes.items()]


def test_a_binary_event_is_written_as_the_structured_one() -> None:
    sent = event(sequence="12", bootid=3, datacontenttype="application/json")
    attributes = {name: str(value) for name, value in sent.items() if name not in ("data", "datacontenttype")}

    (raw,) = single_binary([(b"host", b"x"), *headers_of(attributes)], encode(sent["data"])).events

    assert msgspec.json.decode(raw) == sent


def test_header_values_are_percent_decoded_and_unquoted() -> None:
    headers = [(b"ce-subject", b"%E9%A3%9F%20%22a%25"), (b"ce-source", b'"quoted \\"x\\""'), (b"ce-bootid", b"007")]

    (raw,) = single_binary(headers, b"{}").events

    assert msgspec.json.decode(raw) == {
        "subject": '食 "a%', "source": 'quoted "x"', "bootid": "007", "datacontenttype": "application/json", "data": {},
    }  # fmt: skip


@pytest.mark.parametrize(
    "headers",
    [
        [(b"ce-id", b"1"), (b"ce-id", b"2")],
        [(b"ce-data", b"1")],
        [(b"ce-datacontenttype", b"application/json")],
        [(b"ce-a_b", b"1")],
        [(b"ce-", b"1")],
        [(b"ce-id", b"%FF")],
        [(b"ce-id", "食".encode())],
    ],
)
def test_unreadable_headers_are_refused(headers: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(NotJsonError):
        single_binary(headers, b"{}")


@pytest.mark.parametrize("body", [b"{},", b'{}, "id": "x"', b"{}}", b"nope"])
def test_a_binary_body_cannot_reach_beyond_its_data(body: bytes) -> None:
    with pytest.raises(NotJsonError):
        single_binary([(b"ce-id", b"1")], body)


def test_a_binary_event_without_a_body_has_no_data() -> None:
    (raw,) = single_binary([(b"ce-id", b"1")], b" ").events

    assert b'"data"' not in raw

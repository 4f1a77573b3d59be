import json

import pytest

from ingest.answers import EventError, Receipt, error_answer, receipt_answer, send_answer
from ingest.errors import (
    IngestError,
    InvalidEventError,
    MethodError,
    TooManyError,
    UnauthenticatedError,
    UnavailableError,
)
from schemas.problems import Problem

LINE = EventError(3, "e-1", "invalid", "data.temp_c: …")


def test_a_receipt_is_json_with_the_verdicts() -> None:
    answer = receipt_answer(Receipt(accepted=2, duplicates=1, rejected=1, errors=[LINE]))

    assert answer.status == 202
    assert (b"content-length", b"%d" % len(answer.body)) in answer.headers
    assert json.loads(answer.body) == {
        "accepted": 2,
        "duplicates": 1,
        "rejected": 1,
        "errors": [{"index": 3, "id": "e-1", "reason": "invalid", "detail": "data.temp_c: …"}],
    }


@pytest.mark.parametrize(
    ("error", "status", "header"),
    [
        (UnauthenticatedError("x"), 401, (b"www-authenticate", b'Bearer realm="campanile"')),
        (MethodError("x"), 405, (b"allow", b"POST")),
        (TooManyError(7), 429, (b"retry-after", b"7")),
        (UnavailableError("x", 2), 503, (b"retry-after", b"2")),
        (InvalidEventError("x"), 422, (b"content-type", b"application/problem+json")),
    ],
)
def test_an_error_becomes_a_problem_with_the_header_that_belongs_to_it(
    error: IngestError, status: int, header: tuple[bytes, bytes]
) -> None:
    answer = error_answer(error, [LINE])

    found = Problem.model_validate_json(answer.body)
    assert (answer.status, found.status, found.code) == (status, status, error.code)
    assert header in answer.headers
    assert found.errors[0]["index"] == 3


async def test_an_answer_is_sent_as_one_start_and_one_body() -> None:
    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    answer = receipt_answer(Receipt(1, 0, 0, []))
    await send_answer(answer, send)

    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[1]["body"] == answer.body

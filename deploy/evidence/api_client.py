"""Asks the running API for proofs and bundles, as the person whose token it is: so the look is recorded."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any, Final

from schemas.errors import CampanileError, UnreachableError

_CHUNK: Final = 256 << 10
TIMEOUT_S: Final = 120.0


class RefusedError(CampanileError):
    """The API refused; the message is its own."""

    code = "CAMP-186"


def address_of(base: str | None) -> str:
    """The API's address: the given one, or that of the deployment that runs here.

    Raises:
        UnreachableError: none is given and none runs.
    """
    from deploy.configuration import load_settings  # noqa: PLC0415 — settings are read when a command runs
    from deploy.running import require_running  # noqa: PLC0415 — as above

    return base.rstrip("/") if base else require_running(load_settings()).api


def get_json(base: str, token: str, path: str, query: Mapping[str, object]) -> dict[str, Any]:
    """The JSON of an answer.

    Raises:
        RefusedError: the API refused.
        UnreachableError: it does not answer.
    """
    told = {key: value for key, value in query.items() if value is not None}
    found: dict[str, Any] = json.loads(b"".join(_ask(base, token, f"{path}?{urllib.parse.urlencode(told)}", None)))
    return found


def post_for_bytes(base: str, token: str, path: str, body: Mapping[str, object]) -> Iterator[bytes]:
    """The bytes of an answer, as they come.

    Raises:
        RefusedError, UnreachableError: see :func:`get_json`.
    """
    return _ask(base, token, path, json.dumps(body, ensure_ascii=False).encode())


def _ask(base: str, token: str, path: str, body: bytes | None) -> Iterator[bytes]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(base + path, body, headers)  # noqa: S310 — the deployment's own address
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 — as above
            while chunk := answer.read(_CHUNK):
                yield chunk
    except urllib.error.HTTPError as error:
        problem = json.loads(error.read() or b"{}")
        raise RefusedError(
            f"{problem.get('code', error.code)} {problem.get('detail', error.reason)}", remedy=problem.get("remedy", "")
        ) from error
    except OSError as error:
        raise UnreachableError(
            f"接口 {base} 无应答 / the API at {base} does not answer", cause=str(error), remedy="campanile status"
        ) from error

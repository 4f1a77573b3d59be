"""A small blocking client of the API, for commands. The token never stands in a URL or an argument."""

import json
import os
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from http.client import HTTPResponse
from pathlib import Path
from typing import Final

from schemas.errors import CampanileError, ConfigurationError, UnreachableError

TOKEN_VARIABLE: Final = "CAMPANILE_TOKEN"  # noqa: S105 — the name of a variable
TIMEOUT_S: Final = 120.0
_CHINA: Final = timezone(timedelta(hours=8))
Asked = Mapping[str, Sequence[str]]


class ApiRefusedError(CampanileError):
    """The API answered with a problem; its own words are passed on."""

    code = "CAMP-157"


class ApiClient:
    """Asks one API with one token."""

    def __init__(self, base: str, token: str) -> None:
        self._base, self._token = base.rstrip("/"), token

    @classmethod
    def of_environment(cls, base: str | None) -> "ApiClient":
        """The client of a command.

        Raises:
            ConfigurationError: there is no token.
        """
        from deploy.configuration import load_settings  # noqa: PLC0415 — settings are read when a command runs
        from deploy.running import find_running  # noqa: PLC0415 — as above

        token = os.environ.get(TOKEN_VARIABLE, "")
        if not token:
            raise ConfigurationError(
                f"没有令牌 / no token in {TOKEN_VARIABLE}", remedy="campanile token issue viewer --help"
            )
        if base is None:
            settings = load_settings()
            running = find_running(settings.data_dir)
            base = running.api if running is not None else f"http://{settings.api.host}:{settings.api.port}"
        if not base.startswith(("http://", "https://")):
            raise ConfigurationError(f"地址有误 / no address of an API: {base}", remedy="--api https://…")
        return cls(base, token)

    def lines(self, path: str, asked: Asked) -> Iterator[str]:
        """The lines of a stream of JSON.

        Raises:
            ApiRefusedError, UnreachableError: see :meth:`_open`.
        """
        with self._open(path, asked, "application/x-ndjson") as answer:
            for line in answer:
                yield line.decode().rstrip("\n")

    def download(self, path: str, asked: Asked, target: Path) -> None:
        """Write an answer to a file, whole or not at all.

        Raises:
            ApiRefusedError, UnreachableError: see :meth:`_open`.
        """
        part = target.with_name(target.name + ".part")
        try:
            with self._open(path, asked, "*/*") as answer, part.open("wb") as out:
                shutil.copyfileobj(answer, out)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)

    def _open(self, path: str, asked: Asked, accept: str) -> HTTPResponse:
        """Ask.

        Raises:
            ApiRefusedError: the API said no.
            UnreachableError: it does not answer.
        """
        query = urllib.parse.urlencode(asked, doseq=True)
        headers = {"Authorization": f"Bearer {self._token}", "Accept": accept}
        request = urllib.request.Request(f"{self._base}{path}?{query}", headers=headers)  # noqa: S310 — the scheme is checked above
        try:
            answer: HTTPResponse = urllib.request.urlopen(request, timeout=TIMEOUT_S)  # noqa: S310 — as above
        except urllib.error.HTTPError as error:
            with error:
                raise _refused(error.code, error.read()) from None
        except OSError as error:
            raise UnreachableError(
                f"接口 {self._base} 无应答 / the API at {self._base} does not answer",
                cause=str(error),
                remedy="campanile status",
            ) from error
        return answer


def _refused(status: int, body: bytes) -> ApiRefusedError:
    try:
        problem = json.loads(body)
    except ValueError:
        problem = {}
    return ApiRefusedError(
        f"接口拒绝 / the API refused: {status} {problem.get('code', '')} {problem.get('detail', '')}",
        remedy=str(problem.get("remedy", "")),
    )


def epoch_ms(text: str) -> int:
    """An instant as people write it: epoch ms, or ISO 8601; without a zone it is China's time.

    Raises:
        ConfigurationError: it is neither.
    """
    if text.isdigit():
        return int(text)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"时间看不懂 / no instant: {text}", remedy="2026-11-24T08:00") from error
    return round((found if found.tzinfo else found.replace(tzinfo=_CHINA)).timestamp() * 1000)

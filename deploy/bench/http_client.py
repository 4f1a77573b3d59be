"""A keep-alive HTTP/1.1 client that costs little, so that a benchmark measures the server and not itself."""

import asyncio
import contextlib
from typing import Self


class BrokenAnswerError(Exception):
    """The server closed the connection or answered something that is no HTTP."""


class Connection:
    """One connection; one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str) -> None:
        self._reader, self._writer, self._host = reader, writer, host

    @classmethod
    async def open(cls, host: str, port: int) -> Self:
        """Connect."""
        reader, writer = await asyncio.open_connection(host, port)
        return cls(reader, writer, f"{host}:{port}")

    def head(self, path: str, token: str, content_type: str) -> bytes:
        """The unchanging part of a request's head, up to the value of Content-Length."""
        return (
            f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: {content_type}\r\nContent-Length: "
        ).encode()

    async def post(self, head: bytes, body: bytes) -> tuple[int, bytes]:
        """Send one request; status and body of the answer.

        Raises:
            BrokenAnswerError: no answer came.
        """
        self._writer.write(b"%b%d\r\n\r\n%b" % (head, len(body), body))
        try:
            answer = await self._reader.readuntil(b"\r\n\r\n")
            status = int(answer[9:12])
            start = answer.lower().index(b"content-length:") + 15
            length = int(answer[start : answer.index(b"\r\n", start)])
            return status, await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError, ValueError) as error:
            raise BrokenAnswerError(str(error)) from error

    async def close(self) -> None:
        """Close the connection; one that the server has broken counts as closed."""
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

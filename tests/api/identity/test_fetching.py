"""Addresses that lead elsewhere: none of them is connected to."""

import asyncio
import socket

import pytest

from api.identity.errors import ProviderUnreachableError
from api.identity.oidc.fetching import CheckedResolver, Fetcher, require_safe_url

LED_ASTRAY = [
    "http://login.example.cn/",
    "ftp://login.example.cn/",
    "file:///etc/passwd",
    "gopher://127.0.0.1/",
    "//login.example.cn/",
    "login.example.cn",
    "",
    "https://",
    "https:///path",
    "https://user@login.example.cn/",
    "https://user:secret@login.example.cn/",
    "https://login.example.cn@10.0.0.1/",
    "https://login.example.cn#@10.0.0.1/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://0.0.0.0/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://240.0.0.1/",
    "https://127.0.0.2/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[ff02::1]/",
    "https://[::1",
    "https://login.example.cn:port/",
    "https://login.example.cn:99999/",
    "http://127.0.0.1.evil.example/",
    "http://localhost.evil.example/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
]
NAMES_OF_THIS_MACHINE = ["2130706433", "127.1", "0x7f000001", "0177.0.0.1", "localhost.localdomain"]


@pytest.mark.parametrize("url", LED_ASTRAY)
def test_address_that_leads_astray_is_refused(url: str) -> None:
    with pytest.raises(ProviderUnreachableError):
        require_safe_url(url, allows_private=False)


@pytest.mark.parametrize("value", [None, 5, [], {}, b"https://login.example.cn"])
def test_what_is_no_address_is_refused(value: object) -> None:
    with pytest.raises(ProviderUnreachableError):
        require_safe_url(value, allows_private=True)


@pytest.mark.parametrize(
    "url", ["https://login.example.cn/a?b=c", "http://127.0.0.1:9400/x", "http://localhost/", "http://[::1]:1/"]
)
def test_public_https_and_named_loopback_are_taken(url: str) -> None:
    assert require_safe_url(url, allows_private=False) == url


def test_private_networks_are_taken_where_the_setting_says_so_and_metadata_never() -> None:
    assert require_safe_url("https://10.0.0.1/", allows_private=True)
    with pytest.raises(ProviderUnreachableError):
        require_safe_url("https://169.254.169.254/", allows_private=True)


@pytest.mark.parametrize("name", NAMES_OF_THIS_MACHINE)
@pytest.mark.parametrize("allows_private", [True, False])
async def test_name_that_resolves_to_this_machine_is_not_connected_to(name: str, *, allows_private: bool) -> None:
    resolver = CheckedResolver(allows_private=allows_private)
    with pytest.raises(OSError, match=r"."):
        await resolver.resolve(name, 443, socket.AF_INET)


async def test_redirect_error_and_answer_that_is_no_object_are_refused() -> None:
    answers = {
        b"/redirect": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        b"/broken": b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
        b"/list": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        b"/text": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        b"/endless": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b" " * 100_000,
    }
    server = await asyncio.start_server(lambda reader, writer: answer(reader, writer, answers), "127.0.0.1", 0)
    fetcher = Fetcher(allows_private=False)
    try:
        base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for path in answers:
            with pytest.raises(ProviderUnreachableError):
                await fetcher.get(base + path.decode())
    finally:
        await fetcher.close()
        server.close()
        await server.wait_closed()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answers: dict[bytes, bytes]) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    writer.write(answers[head.split(b" ")[1]])
    await writer.drain()
    writer.close()

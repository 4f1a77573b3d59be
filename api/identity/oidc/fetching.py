"""Requests to the identity provider that cannot be led elsewhere (server-side request forgery).

https alone, but for loopback; no redirects, no user information in addresses; what a name resolves to is checked and
that very address is connected to; 5 seconds, 64 KiB.
"""

import json
import socket
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from api.identity.errors import ProviderUnreachableError

TIMEOUT_S: Final = 5.0
MAX_BYTES: Final = 64 << 10
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def require_safe_url(url: object, *, allows_private: bool) -> str:
    """The address, when it may be spoken to as far as can be seen without asking for names.

    Raises:
        ProviderUnreachableError: it may not.
    """
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        host, _port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ProviderUnreachableError("地址无效 / no address") from error
    is_secure = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    if not host or not is_secure or parts.username is not None or parts.password is not None or parts.fragment:
        raise ProviderUnreachableError("只接受 https 地址 / only https addresses are accepted")
    literal = _literal(host)
    if literal is not None and not _may_connect(literal, host, allows_private=allows_private):
        raise ProviderUnreachableError("地址不在公网 / the address is not a public one")
    return parts.geturl()


class CheckedResolver(AbstractResolver):
    """Resolves names to addresses that may be connected to, and to no others."""

    def __init__(self, *, allows_private: bool) -> None:
        self._inner = ThreadedResolver()
        self._allows_private = allows_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """As aiohttp asks for it.

        Raises:
            OSError: none of the addresses may be connected to.
        """
        found = await self._inner.resolve(host, port, family)
        allowed = [
            one for one in found if _may_connect(ip_address(one["host"]), host, allows_private=self._allows_private)
        ]
        if not allowed:
            raise OSError("the name resolves to no address that may be connected to")
        return allowed

    async def close(self) -> None:
        """Nothing is held."""
        await self._inner.close()


class Fetcher:
    """One connection pool to the provider, opened at first use."""

    def __init__(self, *, allows_private: bool) -> None:
        self._allows_private = allows_private
        self._session: aiohttp.ClientSession | None = None

    async def get(self, url: object) -> dict[str, Any]:
        """The JSON object at an address.

        Raises:
            ProviderUnreachableError: there is none that may be had.
        """
        return await self._ask("GET", url)

    async def post(self, url: object, form: Mapping[str, str], authorization: str | None = None) -> dict[str, Any]:
        """The JSON object that answers a form.

        Raises:
            ProviderUnreachableError: there is none.
        """
        return await self._ask(
            "POST", url, data=form, headers={"Authorization": authorization} if authorization else None
        )

    async def close(self) -> None:
        """End the connections."""
        if self._session is not None:
            await self._session.close()

    async def _ask(self, method: str, url: object, **options: Any) -> dict[str, Any]:  # noqa: ANN401 — aiohttp's options
        safe = require_safe_url(url, allows_private=self._allows_private)
        try:
            async with self._opened().request(method, safe, allow_redirects=False, **options) as response:
                body = await response.content.read(MAX_BYTES + 1)
                while len(body) <= MAX_BYTES and (more := await response.content.read(MAX_BYTES + 1 - len(body))):
                    body += more
                if response.status != 200:
                    raise ProviderUnreachableError(f"HTTP {response.status}")
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise ProviderUnreachableError(type(error).__name__) from error
        return _object(body)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            resolver = CheckedResolver(allows_private=self._allows_private)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=resolver, limit=4, use_dns_cache=False),
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def _object(body: bytes) -> dict[str, Any]:
    if len(body) > MAX_BYTES:
        raise ProviderUnreachableError("回应过大 / the answer is too large")
    try:
        found = json.loads(body)
    except ValueError as error:
        raise ProviderUnreachableError("回应不是 JSON / the answer is no JSON") from error
    if not isinstance(found, dict):
        raise ProviderUnreachableError("回应不是对象 / the answer is no object")
    return found


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _may_connect(address: IPv4Address | IPv6Address, host: str, *, allows_private: bool) -> bool:
    """Public addresses; loopback where it was named as such; private networks where the setting says so."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_loopback:
        return host in _LOOPBACK
    if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
        return False
    return address.is_global or allows_private

"""CloudEvents attributes from ``ce-`` headers: section 3.1.3 of the HTTP protocol binding 1.0.2."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote_to_bytes

from ingest.errors import NotJsonError

Headers = Iterable[tuple[bytes, bytes]]
_PREFIX: Final = b"ce-"
_NAME: Final = re.compile(rb"[a-z0-9]{1,40}")
_INTEGER: Final = re.compile(r"0|[1-9][0-9]{0,9}")
_ESCAPED: Final = re.compile(rb"\\(.)")
_NO_HEADERS: Final = frozenset({"data", "datacontenttype"})
"""The body and ``Content-Type`` say these two."""
_INTEGERS: Final = frozenset({"bootid"})


def attributes_of(headers: Headers) -> dict[str, str | int]:
    """The attributes, in the order of their headers, and ``datacontenttype`` from the (already checked) content type.

    Raises:
        NotJsonError: a header stands twice, names no attribute, or is no percent-encoded UTF-8.
    """
    attributes: dict[str, str | int] = {}
    for name, value in headers:
        if not name.startswith(_PREFIX):
            continue
        attribute = name[len(_PREFIX) :]
        if not _NAME.fullmatch(attribute):
            raise _unreadable("属性名 / attribute names: a-z 0-9")
        text = attribute.decode()
        if text in attributes or text in _NO_HEADERS:
            raise _unreadable(f"ce-{text} 重复或不允许 / stands twice or is not allowed")
        attributes[text] = _typed(text, _decode(value))
    attributes["datacontenttype"] = "application/json"
    return attributes


def _decode(value: bytes) -> str:
    """Quotes off, escapes resolved, then percent-decoded as UTF-8."""
    value = value.strip()
    if len(value) >= 2 and value[:1] == b'"' == value[-1:]:
        value = _ESCAPED.sub(rb"\1", value[1:-1])
    if not value.isascii():
        raise _unreadable("ce- 头须为百分号编码的 UTF-8 / ce- headers are percent-encoded UTF-8")
    try:
        return unquote_to_bytes(value).decode()
    except UnicodeDecodeError as error:
        raise _unreadable("ce- 头不是 UTF-8 / a ce- header is no UTF-8") from error


def _typed(attribute: str, text: str) -> str | int:
    return int(text) if attribute in _INTEGERS and _INTEGER.fullmatch(text) else text


def _unreadable(cause: str) -> NotJsonError:
    return NotJsonError("请求头无法读取 / headers cannot be read", cause=cause, remedy="CloudEvents HTTP binding 3.1.3")

"""Text that a spreadsheet shows and never runs. Pure.

A cell that begins with one of these is read as a formula by Excel, WPS or LibreOffice; Chinese editions take the
full-width forms as well. An apostrophe before it says "text" (OWASP: CSV injection).
"""

from typing import Final

_FORMULA_STARTS: Final = frozenset("=+-@\t\r\n＝＋－＠")


def safe_cell(text: str) -> str:
    """The text with an apostrophe before it where it could be taken for a formula."""
    return f"'{text}" if text[:1] in _FORMULA_STARTS else text

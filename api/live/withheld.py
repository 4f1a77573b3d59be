"""What of a campus document no role is shown: the marks of single riders, which only their own guardians may ask about.

The marks are pseudonyms, but with times; counts of riders say what a supervisor needs (个人信息保护法 Art. 6: no more
than the purpose needs). They are cut out of the bytes once, when a document is read, so no answer can hold them.
"""

import re
from typing import Final

_MEMBERS: Final = (b'"boarded_ms"', b'"alighted_ms"')
_RIDERS: Final = re.compile(rb'"(?:boarded|alighted)_ms"\s*:\s*\{\s*(?:"\d+"\s*:\s*\d+\s*,?\s*)+\}\s*(,?)\s*')
"""A map from numbers to instants of that name; a stop of that name has an object without such keys."""


def without_riders(status: bytes) -> bytes:
    """The status without the marks of riders; the very same object where there are none."""
    if not any(member in status for member in _MEMBERS):
        return status
    kept, at = bytearray(), 0
    for found in _RIDERS.finditer(status):
        kept += status[at : found.start()]
        at = found.end()
        if not found[1]:  # it was the last member: the comma before it goes as well
            kept = kept.rstrip(b" ")
            kept = kept.removesuffix(b",")
    return bytes(kept + status[at:])

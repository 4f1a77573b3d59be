"""Which new passwords are refused: short ones, and long ones that a guesser tries early.

There is no list from outside. A password is judged by what is left when everything predictable is taken out of it: the
login, the product's and the office's own words, runs (``aaaa``), ascending and descending sequences (``6543``), rows of
the keyboard, years, and repeats of its own parts. At least eight characters, five of them different, must be left:
more than what remains of ``Campanile2026!!`` or ``qwertyuiop123``. Nothing is asked about kinds of characters
(NIST SP 800-63B, 3.1.1.2: length counts, composition rules do not).
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from api.identity.errors import PasswordRefusedError
from api.identity.passwords import normal

LONGEST: Final = 256
LEFT: Final = 8
DIFFERENT: Final = 5
_WORDS: Final = (
    *("password", "passwort", "passwd", "letmein", "welcome", "iloveyou", "woaini", "administrator", "admin", "root"),
    *("campanile", "zhonglou", "jiaolianti", "school", "xuexiao", "jiaoyuju", "mima", "login", "user", "test", "abc"),
    *("钟楼", "密码", "管理员", "教联体", "教育局", "学校"),
)
_ROWS: Final = (
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1234567890",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1qaz2wsx3edc4rfv5tgb",
)
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_RUN: Final = re.compile(r"(.)\1{2,}", re.DOTALL)
_REPEAT: Final = re.compile(r"(.{2,}?)\1+", re.DOTALL)
_LEET: Final = str.maketrans("@$013457", "asoieast")


def require_good_password(password: str, login: str, least: int) -> None:
    """Let a new password pass.

    Raises:
        PasswordRefusedError: it is shorter than ``least`` characters, too long, or too easy to guess.
    """
    text = normal(password)
    if len(text) < least:
        raise PasswordRefusedError(f"至少 {least} 个字符 / it needs at least {least} characters")
    if len(text) > LONGEST:
        raise PasswordRefusedError(f"至多 {LONGEST} 个字符 / it may have at most {LONGEST} characters")
    left = unpredictable(text, login)
    if len(left) < LEFT or len(set(left)) < DIFFERENT:
        raise PasswordRefusedError(
            "由账号、常用词、连续或重复的字符组成 / made of the login, common words, runs or repeats"
        )


def unpredictable(password: str, login: str) -> str:
    """What is left of a password when the predictable is taken out; for judging it, never to be kept."""
    text = password.casefold()
    for word in _predictable_words(login):
        while (at := text.translate(_LEET).find(word.translate(_LEET))) >= 0:
            text = text[:at] + text[at + len(word) :]
    text = _YEAR.sub("", text)
    text = _RUN.sub("", text)
    text = _without_walks(text)
    return _REPEAT.sub(r"\1", text)


def _predictable_words(login: str) -> Iterator[str]:
    """Longest first: ``administrator`` before ``admin``."""
    parts = [part for part in re.split(r"[._@+-]", login.casefold()) if len(part) >= 3]
    yield from sorted({*parts, *_WORDS}, key=len, reverse=True)


def _without_walks(text: str) -> str:
    """The text without stretches of three and more that go along the alphabet, the digits or a row of keys."""
    kept: list[str] = []
    at = 0
    while at < len(text):
        length = max(_walk(text, at, step) for step in (_neighbours, _along_a_row))
        if length < 3:
            kept.append(text[at])
            at += 1
        else:
            at += length
    return "".join(kept)


def _walk(text: str, start: int, direction: Callable[[str, str], int]) -> int:
    """How many characters from ``start`` on go one way."""
    at, way = start, 0
    while at + 1 < len(text):
        step = direction(text[at], text[at + 1])
        if not step or (way and step != way):
            break
        at, way = at + 1, step
    return at - start + 1


def _neighbours(one: str, other: str) -> int:
    """1 or -1 where one character follows the other in the character set, else 0."""
    step = ord(other) - ord(one)
    return step if step in (1, -1) and one.isalnum() and other.isalnum() else 0


def _along_a_row(one: str, other: str) -> int:
    """1 or -1 where the keys lie beside each other in a row of the keyboard, else 0."""
    for row in _ROWS:
        if one + other in row:
            return 1
        if other + one in row:
            return -1
    return 0

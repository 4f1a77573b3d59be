"""Names of schools and consortia, as such names are formed in the county."""

from typing import Final

from deploy.demo.plan import Stage

_DIGITS: Final = "零一二三四五六七八九"
_CORE: Final[dict[Stage, str]] = {"kindergarten": "幼儿园", "primary": "小学", "junior": "初级中学"}
_MEMBER: Final[dict[Stage, str]] = {"kindergarten": "幼儿园", "primary": "小学", "junior": "中学"}


def core_name(county: str, stage: Stage, ordinal: int) -> str:
    """``麻城市第二小学``; the first of a kind is the experimental school (实验小学)."""
    return f"{county}{'实验' if ordinal == 1 else '第' + chinese_number(ordinal)}{_CORE[stage]}"


def member_name(town: str, stage: Stage, ordinal: int) -> str:
    """``宋埠小学``, ``宋埠第二小学``."""
    return f"{town}{'' if ordinal == 1 else '第' + chinese_number(ordinal)}{_MEMBER[stage]}"


def consortium_name(core: str) -> str:
    """``麻城市实验小学教联体``."""
    return f"{core}教联体"


def chinese_number(number: int) -> str:
    """1 to 99 in Chinese."""
    tens, units = divmod(number, 10)
    if not tens:
        return _DIGITS[units]
    return f"{'' if tens == 1 else _DIGITS[tens]}十{'' if not units else _DIGITS[units]}"

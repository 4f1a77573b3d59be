"""What can go wrong with pupils' keys.

::

    CampanileError
    ├── KeysAwayError      503  CAMP-190  the key store does not answer: nothing is sealed, so nothing is taken
    ├── SealBrokenError    409  CAMP-191  a sealed text is not what its event says it is
    ├── KeysFaultError     500  CAMP-192  the key store does not fit its master key, or is not one of ours
    └── SelfApprovalError  409  CAMP-193  an erasure needs a second pair of eyes
"""

from http import HTTPStatus

from schemas.errors import CampanileError, DataFaultError, UnreachableError


class KeysAwayError(UnreachableError):
    """The key store does not answer now."""

    code = "CAMP-190"
    retry_after_s = 1

    def __init__(self, cause: str) -> None:
        super().__init__(
            "学生密钥库不可用 / the store of pupils' keys does not answer",
            cause=cause,
            remedy="稍后重发；campanile doctor / send again later; campanile doctor",
        )


class SealBrokenError(CampanileError):
    """A sealed text was altered, or belongs to another event."""

    code = "CAMP-191"
    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(
            "密文与事件不符 / a sealed text does not belong to its event",
            cause="被改动，或取自另一事件 / it was altered or taken from another event",
            remedy="campanile proof verify",
        )


class SelfApprovalError(CampanileError):
    """Who asked for an erasure cannot be the one who approves it."""

    code = "CAMP-193"
    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(
            "申请人不能自己批准 / who asked for it cannot approve it",
            cause="清除不可恢复，须两人 / an erasure cannot be undone and takes two",
            remedy="由另一人批准 / let somebody else approve it",
        )


class KeysFaultError(DataFaultError):
    """The key store cannot be read with this master key."""

    code = "CAMP-192"

    def __init__(self, cause: str) -> None:
        super().__init__(
            "学生密钥库与主密钥不符 / the key store does not fit its master key",
            cause=cause,
            remedy="恢复同一备份中的密钥库与主密钥 / restore key store and master key from the same backup",
        )

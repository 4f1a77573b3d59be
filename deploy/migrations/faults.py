"""What can be wrong with migrations."""

from schemas.errors import DataFaultError, UnreachableError


class MigrationFileError(DataFaultError):
    """A migration file is misnamed, missing, or holds a statement that migrations may not make."""

    code = "CAMP-540"


class MigrationChangedError(DataFaultError):
    """A migration that the store has carried out was changed afterwards."""

    code = "CAMP-541"


class StoreIsNewerError(DataFaultError):
    """The store has migrations that this version of the product does not know."""

    code = "CAMP-542"


class MigrationLockedError(UnreachableError):
    """Another runner is at work on the same store."""

    code = "CAMP-440"

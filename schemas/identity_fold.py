"""Who may sign in, folded from identity facts: pure lookups by kind and id.

``Identity`` is changed only by :meth:`Identity.apply`; readers in the same thread see whole facts. A new kind of fact
joins the union in :mod:`schemas.identity` and is found here by :meth:`Identity.get` and :meth:`Identity.all`.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import TypeVar, cast

from schemas.guardians import Guardians
from schemas.identity import IDENTITY_FACT, AnyIdentityFact, ApiToken, Session, User, identity_key
from schemas.ids import TokenId, UserId
from schemas.registry import Fact

KindOfFact = TypeVar("KindOfFact", bound=Fact)


class Identity:
    """Everything that ``campus.identity`` says. ``version`` grows with every applied record."""

    def __init__(self) -> None:
        self.version = 0
        self.guardians = Guardians()
        self._facts: dict[str, AnyIdentityFact] = {}
        self._tables: dict[type[Fact], dict[str, AnyIdentityFact]] = defaultdict(dict)
        self._user_of_login: dict[str, UserId] = {}
        self._user_of_subject: dict[str, UserId] = {}
        self._held: dict[UserId, set[TokenId]] = defaultdict(set)

    def apply(self, key: str, value: bytes | None) -> None:
        """Take one record of the topic; a null value withdraws the fact.

        Raises:
            pydantic.ValidationError: the value is no fact.
            ValueError: the fact is not the one that its key names.
        """
        fact = IDENTITY_FACT.validate_json(value) if value else None
        if fact is not None and identity_key(fact) != key:
            raise ValueError(f"record {key} holds the fact {identity_key(fact)}")
        old = self._facts.pop(key, None)
        if old is not None:
            self._unlink(old)
        if fact is not None:
            self._facts[key] = fact
            self._link(fact)
        self.version += 1

    def put(self, fact: AnyIdentityFact) -> None:
        """Take one fact directly, as :meth:`apply` would."""
        self.apply(identity_key(fact), fact.model_dump_json().encode())

    def facts(self) -> Iterator[AnyIdentityFact]:
        """Every fact in force, in the order in which they came."""
        return iter(self._facts.values())

    def get(self, kind: type[KindOfFact], entity_id: str) -> KindOfFact | None:
        """The fact of that kind and id, or None."""
        return self._tables[kind].get(entity_id)  # type: ignore[return-value]  # a table holds its own kind alone

    def all(self, kind: type[KindOfFact]) -> list[KindOfFact]:
        """Every fact of that kind."""
        return cast("list[KindOfFact]", list(self._tables[kind].values()))

    def user_by_login(self, login: str) -> User | None:
        """The user of that name; upper and lower case are one."""
        user_id = self._user_of_login.get(login.lower())
        return self.get(User, user_id) if user_id else None

    def user_by_subject(self, subject: str) -> User | None:
        """The user that the identity provider knows as ``subject``."""
        user_id = self._user_of_subject.get(subject)
        return self.get(User, user_id) if user_id else None

    def sessions_of(self, user_id: UserId) -> list[Session]:
        """The sessions of a user, whether in force or not."""
        return [found for held in sorted(self._held[user_id]) if (found := self.get(Session, held))]

    def api_tokens_of(self, user_id: UserId) -> list[ApiToken]:
        """The API tokens of a user, whether in force or not."""
        return [found for held in sorted(self._held[user_id]) if (found := self.get(ApiToken, held))]

    def _link(self, fact: AnyIdentityFact) -> None:
        self._tables[type(fact)][fact.entity_id()] = fact
        match fact:
            case User():
                self._user_of_login[fact.login.lower()] = fact.user_id
                if fact.oidc_subject is not None:
                    self._user_of_subject[fact.oidc_subject] = fact.user_id
            case Session():
                self._held[fact.user_id].add(fact.session_id)
            case ApiToken():
                self._held[fact.user_id].add(fact.token_id)
            case _:
                self.guardians.link(fact)

    def _unlink(self, fact: AnyIdentityFact) -> None:
        self._tables[type(fact)].pop(fact.entity_id(), None)
        match fact:
            case User():
                if self._user_of_login.get(fact.login.lower()) == fact.user_id:
                    del self._user_of_login[fact.login.lower()]
                if fact.oidc_subject and self._user_of_subject.get(fact.oidc_subject) == fact.user_id:
                    del self._user_of_subject[fact.oidc_subject]
            case Session():
                self._held[fact.user_id].discard(fact.session_id)
            case ApiToken():
                self._held[fact.user_id].discard(fact.token_id)
            case _:
                self.guardians.unlink(fact)

"""Who asks and what they may see: pure functions over registry facts, asked at every read and every stream."""

from api.authority.decide import Object, decide
from api.authority.policy import Action, Target, Verdict, authorize
from api.authority.principal import Principal, authenticate, is_valid
from api.authority.scope import Interval, Scope, Slot, history_scope

__all__ = [
    "Action",
    "Interval",
    "Object",
    "Principal",
    "Scope",
    "Slot",
    "Target",
    "Verdict",
    "authenticate",
    "authorize",
    "decide",
    "history_scope",
    "is_valid",
]

"""Who asks and what they may see: pure functions over registry facts, asked at every read and every stream."""

from api.authority.policy import Action, Target, Verdict, authorize
from api.authority.principal import Principal, authenticate, is_valid

__all__ = ["Action", "Principal", "Target", "Verdict", "authenticate", "authorize", "is_valid"]

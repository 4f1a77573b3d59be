"""From a request to a recipe, and from an id back to what may be shown of it."""

from collections.abc import Callable
from dataclasses import dataclass

from api.authority import Action, Target
from api.authority.principal import is_valid
from api.errors import ForbiddenError, NotFoundError
from api.replay.control import Control
from api.replay.query import ReplayQuery
from api.replay.recipe import Recipe, unseal
from api.replay.sight import Shown, is_foreign, sight
from api.viewer import Viewer
from schemas.ids import CampusId, SystemName
from schemas.registry import Role


@dataclass(frozen=True)
class Replay:
    """A replay as its maker may see it now."""

    replay_id: str
    recipe: Recipe
    shown: Shown
    control: Control

    @property
    def campuses(self) -> tuple[CampusId, ...]:
        """The campuses of which something may be shown."""
        return tuple(dict.fromkeys(slot.campus_id for slot in self.shown.scope.slots))

    @property
    def systems(self) -> tuple[SystemName, ...]:
        """The systems of which something may be shown."""
        return tuple(sorted(frozenset().union(*(slot.systems for slot in self.shown.scope.slots))))

    def query(self, partitions: int) -> ReplayQuery:
        """What its streams ask the store for."""
        recipe = self.recipe
        return ReplayQuery(
            self.shown,
            recipe.clock,
            recipe.from_ms,
            recipe.to_ms,
            recipe.horizon,
            partitions,
            states_every_ms=recipe.states_every_ms,
            states_until_ms=recipe.made_ms,
        )


def shown_to(viewer: Viewer, recipe: Recipe) -> Shown:
    """What the viewer may be shown of a recipe; it may be nothing, of what they see only since later.

    Raises:
        ForbiddenError: the role reads no content, or only an auditor may ask for another's sight.
        NotFoundError: one of its scopes does not exist, or not for this viewer.
    """
    viewer.require(Action.LIST_CONTENT)
    if recipe.asked is not None and viewer.principal.role is not Role.AUDITOR:
        raise ForbiddenError("replay/as_another/auditor_only")
    for scope in recipe.scopes:
        if not _was_visible(viewer, recipe, scope) and not _is_visible_now(viewer, scope):
            raise NotFoundError
    return sight(viewer.principal, recipe, viewer.api.facts, viewer.at_ms)


def _was_visible(viewer: Viewer, recipe: Recipe, scope: str) -> bool:
    """Whether something of a campus may be shown although it may not be seen now: it has left since then."""
    is_campus = scope.startswith("campus:")
    return is_campus and not is_foreign(viewer.principal, recipe, scope, viewer.api.facts, viewer.at_ms)


def _is_visible_now(viewer: Viewer, scope: str) -> bool:
    kind, _, entity_id = scope.partition(":")
    match kind:
        case "campus":
            return viewer.may(Action.READ_CAMPUS, Target("campus", entity_id))
        case "consortium":
            return viewer.may(Action.READ_CONSORTIUM, Target("consortium", entity_id))
        case _:
            return viewer.may(Action.READ_AREA, Target("area", entity_id))


def find(viewer: Viewer, replay_id: str) -> Replay:
    """The replay of an id.

    Raises:
        ForbiddenError: the role reads no content.
        NotFoundError: there is none, it is somebody else's, it was ended, or may not be seen any more.
    """
    viewer.require(Action.LIST_CONTENT)
    recipe = unseal(replay_id, viewer.api.replays.key, viewer.at_ms)
    if recipe is None or recipe.owner != viewer.actor.ref:
        viewer.denied(f"{viewer.principal.role}/replay/not_the_maker")
        raise NotFoundError
    shown = shown_to(viewer, recipe)
    control = viewer.api.replays.control(replay_id, recipe)
    if control is None:
        raise NotFoundError
    return Replay(replay_id, recipe, shown, control)


def still_sees(viewer: Viewer, replay: Replay) -> Callable[[], bool]:
    """Tells, as often as it is asked, whether the viewer may still see exactly the replay's scope."""
    facts, clock = viewer.api.facts, viewer.api.clock
    checked = {"version": facts.version, "next_ms": facts.next_change_ms(viewer.at_ms)}

    def may_go_on() -> bool:
        now_ms = clock.now_ms()
        if not is_valid(viewer.principal, facts, now_ms):
            return False
        next_ms = checked["next_ms"]
        if checked["version"] == facts.version and (next_ms is None or now_ms < next_ms):
            return True
        checked["version"], checked["next_ms"] = facts.version, facts.next_change_ms(now_ms)
        return sight(viewer.principal, replay.recipe, facts, now_ms) == replay.shown

    return may_go_on

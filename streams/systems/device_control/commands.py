"""Folds a command's way: asked for, authorised, then acknowledged or failed. Steps may arrive in any order."""

from typing import Final

from schemas.clock import SECOND_MS
from schemas.frame import LoggedEvent
from streams.core.bounded import make_room
from streams.core.system import Effect
from streams.systems.device_control.state import MAX_COMMANDS, Command, DeviceControl

_DEFAULT_TTL_S: Final = 30


def requested(state: DeviceControl, event: LoggedEvent) -> Effect:
    """Somebody asked; nothing is due before it is authorised."""
    verb, ttl_s = event.data["verb"], event.data.get("ttl_s", _DEFAULT_TTL_S)
    command = _command(state, event)
    command.verb = command.verb or verb
    command.ttl_ms = command.ttl_ms or ttl_s * SECOND_MS
    command.requested_ms = _earliest(command.requested_ms, event.occurredms)
    return Effect.VISIBLE


def authorised(state: DeviceControl, event: LoggedEvent) -> Effect:
    """It was sent: from here the device's time runs. The authorisation has the last word on verb and time to live."""
    verb, ttl_s = event.data["verb"], event.data.get("ttl_s", _DEFAULT_TTL_S)
    command = _command(state, event)
    if command.authorised_ms and command.authorised_ms <= event.occurredms:
        return Effect.NOTHING
    command.verb, command.ttl_ms = verb, ttl_s * SECOND_MS
    command.authorised_ms, command.authorised_by = event.occurredms, event.id
    return Effect.JUDGE


def acked(state: DeviceControl, event: LoggedEvent) -> Effect:
    """The device has done it."""
    command = _command(state, event)
    command.acked_ms = _earliest(command.acked_ms, event.occurredms)
    return Effect.JUDGE


def failed(state: DeviceControl, event: LoggedEvent) -> Effect:
    """It came to nothing; the first failure reported is the one that counts."""
    reason = event.data["reason"]
    command = _command(state, event)
    if not command.failed_ms or event.occurredms < command.failed_ms:
        command.failed_ms, command.failure = event.occurredms, reason
    return Effect.JUDGE


def _command(state: DeviceControl, event: LoggedEvent) -> Command:
    command_id = event.data["command_id"]
    command = state.commands.get(command_id)
    if command is None:
        make_room(state.commands, MAX_COMMANDS, lambda old: old.first_ms)
        command = state.commands[command_id] = Command(device=event.subject)
    command.first_ms = _earliest(command.first_ms, event.occurredms)
    return command


def _earliest(known_ms: int, at_ms: int) -> int:
    return min(known_ms, at_ms) if known_ms else at_ms

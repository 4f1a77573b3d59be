"""What the product made of the events that it took in, and where that differs from what the log says."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec
from pydantic import SecretStr

from deploy.running import Running
from schemas.alerts import Alert
from schemas.documents import decode_campus_status, decode_consortium_status, decode_stored, document_key
from schemas.frame import LoggedEvent, decode_frame, is_frame
from schemas.ids import CampusId
from schemas.organisation import Organisation
from schemas.topics import ALERTS, EVENTS, ROLLUP, STATE
from streams.archive.reading import archive_reader, archived_until, read_records
from streams.archive.settings import StoreSettings
from streams.core.recompute import LogRecord, Recomputed, recompute
from streams.systems import systems
from tests.end_to_end.topics import end_offsets, read_newest, read_topic, wait_until_streams_are_done
from tests.end_to_end.truth import counted, distinct, folded

SETTLED_WITHIN_S = 300.0
_DECODE_ALERT = msgspec.json.Decoder(Alert).decode


@dataclass
class Outcome:
    """Store, documents, rollups and alerts once nothing is under way any more."""

    records: list[LogRecord]
    """``frames`` of the store, partition by partition, in order."""
    documents: dict[str, bytes]
    rollups: dict[str, bytes]
    transitions: list[Alert]
    """Every alert record of the log."""
    stored_events: int
    organisation: Organisation
    at_ms: int
    """The instant at which memberships count."""

    @cached_property
    def logged(self) -> list[LoggedEvent]:
        """Every event of the log, copies included, in the log's order."""
        return [event for record in self.records if is_frame(record.value) for event in decode_frame(record.value)]

    @cached_property
    def recomputed(self) -> Recomputed:
        """What the archive says, by the live driver."""

        def consortia_of(campus_id: str) -> tuple[str, ...]:
            return tuple(sorted(self.organisation.consortia_of(CampusId(campus_id), self.at_ms)))

        return recompute(self.records, systems(), consortia_of)

    def names(self) -> set[tuple[str, str]]:
        """Source and id of every event of the log."""
        return {(event.source, event.id) for event in self.logged}

    def gaps(self) -> list[int]:
        """Partitions of which a record is missing in the store or stands there twice."""
        offsets: dict[int, list[int]] = {}
        for record in self.records:
            offsets.setdefault(record.partition, []).append(record.offset)
        return [partition for partition, found in offsets.items() if found != list(range(len(found)))]

    def miscounted(self) -> list[tuple[object, int, int]]:
        """Documents that are not the fold of the sorted, de-duplicated events, with what they count and should."""
        events = distinct(self.logged)
        states, counts = folded(events), counted(events)
        wrong: list[tuple[object, int, int]] = [
            (key, 0, 0) for key in self.documents.keys() ^ {document_key(*key) for key in states}
        ]
        for key, state in states.items():
            stored = self.documents.get(document_key(*key))
            if stored is not None:
                status = decode_campus_status(decode_stored(stored).status)
                if msgspec.json.decode(status.state) != state or status.events != counts[key]:
                    wrong.append((key, status.events, counts[key]))
        return wrong

    def stray_documents(self) -> list[str]:
        """Keys whose live document is not, byte for byte, the recomputed one."""
        again = self.recomputed.campuses
        return sorted(key for key in again.keys() | self.documents if again.get(key) != self.documents.get(key))

    def stray_rollups(self) -> list[str]:
        """Keys whose live rollup is not the recomputed one; positions are those of another topic and do not count."""
        again, live = _rollups(self.recomputed.consortia), _rollups(self.rollups)
        return sorted(key for key in again.keys() | live if again.get(key) != live.get(key))

    def stray_alerts(self) -> list[tuple[str, int]]:
        """Alert records that the log has too often (positive) or not often enough (negative)."""
        live, again = (_encoded(alerts) for alerts in (self.transitions, self.recomputed.alerts))
        return [(record.decode(), live[record] - again[record]) for record in (live - again) + (again - live)]


def read_outcome(running: Running, organisation: Organisation, at_ms: int) -> Outcome:
    """Wait until streams and archive have caught up, and read everything."""
    bootstrap = running.bootstrap
    asyncio.run(wait_until_streams_are_done(bootstrap, SETTLED_WITHIN_S))
    records, stored_events = _archived(running)
    documents, rollups = (asyncio.run(read_newest(bootstrap, topic.name)) for topic in (STATE, ROLLUP))
    alerts = asyncio.run(read_topic(bootstrap, ALERTS.name))
    transitions = [_DECODE_ALERT(value) for _, _, _, value in alerts if value is not None]
    return Outcome(records, documents, rollups, transitions, stored_events, organisation, at_ms)


def _archived(running: Running) -> tuple[list[LogRecord], int]:
    """The log as the store has it, and how many different events."""
    store = StoreSettings(
        host=running.store_host,
        port=running.store_port,
        password=SecretStr(Path(running.store_password_file).read_text(encoding="utf-8")),
    )
    ends = asyncio.run(end_offsets(running.bootstrap, EVENTS.name))
    with archive_reader(store) as client:
        deadline = time.monotonic() + SETTLED_WITHIN_S
        while any(archived_until(client, partition) < end for partition, end in ends.items()):
            assert time.monotonic() < deadline, "the archive does not catch up"
            time.sleep(0.5)
        events = client.execute("SELECT count() FROM events FINAL")[0][0]
        records = [
            LogRecord(partition, record.offset, record.value)
            for partition in ends
            for record in read_records(client, partition)
        ]
    return records, events


def _rollups(values: dict[str, bytes]) -> dict[str, object]:
    statuses = {key: decode_consortium_status(decode_stored(value).status) for key, value in values.items()}
    return {key: msgspec.structs.replace(status, position=0) for key, status in statuses.items()}


def _encoded(alerts: list[Alert]) -> Counter[bytes]:
    return Counter(msgspec.json.encode(alert) for alert in alerts)

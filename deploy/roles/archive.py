"""The process role `archive`: from its settings to its end."""

import asyncio
import logging
import os
import signal
import socket
from typing import NoReturn

import structlog
import uvloop

from api.access.journal import Journal, LogJournal
from deploy.configuration.settings import Settings
from deploy.ending import leave
from deploy.evidence.day_writer import DayWriter
from deploy.garbage import look_for_cycles_seldom
from deploy.logs import configure_logging
from deploy.meter import PrometheusMeter
from deploy.ops_server import OpsServer
from deploy.parent import die_with_parent
from deploy.privacy.keyring import keyring_of
from deploy.pulse import Pulse
from deploy.registry_reader import read_organisation
from deploy.retention.daily import DailyRetention
from deploy.retention.held_erasures import HeldErasures
from deploy.retention.pupil_holds import StoredHolds
from deploy.running import bootstrap_of
from deploy.signing_keys import signing_keys_of
from deploy.store_address import store_of
from schemas.clock import WallClock
from schemas.metrics import Meter
from streams.archive.alerts import AlertCopier
from streams.archive.archiver import Archiver
from streams.archive.checkpoints import Notary
from streams.archive.publishing import CheckpointPublisher
from streams.archive.writing import ArchiveWriter
from streams.snapshots.sampling import Snapshotter
from streams.systems import systems

log = structlog.get_logger(__name__)
FIRST_PARTITION = 0
LAST_WORDS_S = 2.0
"""How long the last checkpoint may take at the end."""


def run_archive(settings: Settings) -> NoReturn:
    """Archive the log until SIGTERM or SIGINT; then the process ends with code 0.

    Raises:
        FencedError: another process writes a partition of ours; start anew.
        DataFaultError: log, store and this version do not fit together, or the store is not what was signed.
        UnreachableError: neither settings nor a running deployment say where Kafka or the store is.
    """
    configure_logging(settings.log_level, "archive")
    logging.getLogger("clickhouse_driver").setLevel(logging.ERROR)  # the writer says itself that the store is away
    die_with_parent()
    look_for_cycles_seldom()
    uvloop.run(_serve(settings))


async def _serve(settings: Settings) -> NoReturn:
    meter, pulse = PrometheusMeter(), Pulse()
    store, bootstrap = store_of(settings), bootstrap_of(settings)
    writer = ArchiveWriter(store, f"{socket.gethostname()}:{os.getpid()}", meter)
    archiver = Archiver(bootstrap, settings.prefix, settings.archive, writer, meter)
    keys = signing_keys_of(settings)
    notary = Notary(store, keys, WallClock())
    publisher = CheckpointPublisher(bootstrap, settings.prefix, notary, meter)
    days = DayWriter(
        store,
        keys,
        lambda: read_organisation(bootstrap, settings.prefix),
        settings.data_dir / "checkpoints",
        WallClock(),
    )
    archiver.watched_by(publisher)
    snapshotter = Snapshotter(
        bootstrap,
        settings.prefix,
        settings.archive,
        store,
        partitions=archiver.archived_partitions,
        systems=systems(),
        clock=WallClock(),
        meter=meter,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, archiver.stop)
    ready = {"partitions": archiver.has_claimed_all, "store": lambda: writer.is_store_well}
    beat = asyncio.create_task(pulse.run(), name="pulse")
    daily = [asyncio.create_task(days.run(), name="days")]
    if settings.retention.daily:
        journal = LogJournal(bootstrap, prefix=settings.prefix, partitions=settings.partitions)
        daily.append(asyncio.create_task(journal.run(), name="journal"))
        daily.append(asyncio.create_task(_retention(settings, archiver, meter, journal).run(), name="retention"))
    try:
        with OpsServer(settings.ops.host, settings.ops.port, meter=meter, live=pulse.is_alive, ready=ready):
            await _run_together(archiver, publisher, snapshotter, AlertCopier(bootstrap, settings.prefix, store))
            log.info("archive_stopped")
            leave(0)
    finally:
        beat.cancel()
        for task in daily:
            task.cancel()
        publisher.close()
        writer.close()


def _retention(settings: Settings, archiver: Archiver, meter: Meter, journal: Journal) -> DailyRetention:
    """Of all archive processes, the one that has the first partition lets go of what is past its time."""
    return DailyRetention(
        store_of(settings),
        lambda: keyring_of(settings),
        hour=settings.retention.hour,
        clock=WallClock(),
        meter=meter,
        is_mine=lambda: FIRST_PARTITION in archiver.archived_partitions(),
        erasures=HeldErasures(
            lambda: keyring_of(settings), StoredHolds(lambda: store_of(settings)), journal, WallClock()
        ),
    )


async def _run_together(
    archiver: Archiver, publisher: CheckpointPublisher, snapshotter: Snapshotter, copier: AlertCopier
) -> None:
    """Archive, publish, keep snapshots and copy alerts; whichever fails ends all, with its own error."""
    copying = asyncio.create_task(copier.run(), name="alerts")
    snapshotting = asyncio.create_task(snapshotter.run(), name="snapshots")
    publishing = asyncio.create_task(publisher.run(), name="checkpoints")
    archiving = asyncio.create_task(archiver.run(), name="archive")
    done, _ = await asyncio.wait([archiving, publishing, snapshotting, copying], return_when=asyncio.FIRST_COMPLETED)
    archiver.stop()
    snapshotting.cancel()
    copying.cancel()
    await asyncio.gather(archiving, return_exceptions=True)
    publisher.stop()
    await asyncio.wait([publishing], timeout=LAST_WORDS_S)
    publishing.cancel()
    publisher.give_up()
    await asyncio.wait([publishing, snapshotting, copying], timeout=LAST_WORDS_S)
    for task in done:
        task.result()

"""The whole examination, in the order in which one would mend."""

from collections.abc import Iterator

from deploy.configuration import Settings
from deploy.doctor.finding import Finding, fine
from deploy.doctor.local import examine_local
from deploy.doctor.machine import examine_machine
from deploy.doctor.store import examine_store
from deploy.running import find_running
from deploy.store_address import store_of


def examine(settings: Settings) -> Iterator[Finding]:
    """Every finding, the good ones too. Services that `campanile up` would start and that do not run are no fault."""
    from deploy.doctor.kafka import examine_kafka  # noqa: PLC0415 — 0.3 s, after the first lines have been shown

    running = find_running(settings.data_dir)
    embeds_kafka, embeds_store = settings.kafka.bootstrap is None, settings.store.host is None
    yield from examine_machine(settings.data_dir, embeds_kafka=embeds_kafka, embeds_store=embeds_store)
    yield from examine_local(settings, running)
    effective = Settings(**running.settings) if running else settings
    bootstrap = running.bootstrap if running and embeds_kafka else settings.kafka.bootstrap
    if bootstrap:
        yield from examine_kafka(effective, bootstrap)
    else:
        yield fine("kafka", "embedded, not running: `campanile up` starts it")
    if running or not embeds_store:
        yield from examine_store(store_of(settings))
    else:
        yield fine("store", "embedded, not running: `campanile up` starts it")

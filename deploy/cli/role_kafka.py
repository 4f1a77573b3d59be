"""`campanile kafka`: the embedded Kafka as a process."""

import click

EXAMPLE = "\b\ncampanile kafka\nCAMPANILE_EMBEDDED__KAFKA_PORT=9092 campanile kafka\n"


@click.command(name="kafka", help=f"{EXAMPLE}\nRun the embedded Kafka: one node, data under CAMPANILE_DATA_DIR.")
def command() -> None:
    """Become Kafka."""
    from deploy.configuration import load_settings  # noqa: PLC0415 — help must stay fast
    from deploy.roles.kafka import run_kafka  # noqa: PLC0415 — help must stay fast

    run_kafka(load_settings())

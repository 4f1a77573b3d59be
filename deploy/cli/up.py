"""`campanile up`: the whole product on this machine, in the foreground."""

import sys

import click

EXAMPLE = """\b
campanile up
CAMPANILE_GATEWAY__PORT=9000 CAMPANILE_API__PORT=9001 campanile up
CAMPANILE_KAFKA__BOOTSTRAP=kafka:9092 CAMPANILE_STORE__HOST=clickhouse campanile up
"""


@click.command(
    name="up",
    help=f"{EXAMPLE}\nRun every process until Ctrl-C. Without a given Kafka or store the embedded one is started.",
)
def command() -> None:
    """Run the product."""
    from deploy.configuration import load_settings  # noqa: PLC0415 — help must stay fast
    from deploy.identity_secrets import first_start_rows  # noqa: PLC0415 — help must stay fast
    from deploy.logs import configure_logging  # noqa: PLC0415 — help must stay fast
    from deploy.supervisor.deployment import Deployment  # noqa: PLC0415 — help must stay fast
    from deploy.supervisor.run import run_deployment  # noqa: PLC0415 — help must stay fast

    def on_ready(deployment: Deployment) -> None:
        running = deployment.running
        rows = [
            ("网关 / gateway", f"{running.gateway}/v1/events"),
            ("接口 / API", running.api),
            ("文档 / docs", f"{running.api}/docs"),
            ("Kafka", running.bootstrap),
            ("ClickHouse", f"{running.store_host}:{running.store_port}"),
            ("日志 / logs", str(deployment.log_dir)),
            ("下一步 / next", "campanile status"),
        ]
        rows += first_start_rows(deployment.settings)
        click.echo("\n".join(f"{name:<14}  {value}" for name, value in rows))

    settings = load_settings()
    level = "warning" if settings.log_level == "info" else settings.log_level  # the lines of `say` tell the rest
    configure_logging(level, "supervisor", pretty=sys.stderr.isatty())
    raise SystemExit(run_deployment(settings, on_ready=on_ready, say=lambda line: click.echo(line, err=True)))

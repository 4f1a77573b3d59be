"""Logging, configured once per process by its composition root: structlog, JSON lines on stderr.

On a terminal the same events are drawn for people. Lines are constant event names with bound fields; values are
escaped by JSON, so nothing that a device sends can forge a line.
"""

import logging
import os
import sys
from typing import Literal

import structlog


def configure_logging(level: Literal["debug", "info", "warning", "error"], role: str, *, pretty: bool = False) -> None:
    """Send every log line of this process, the libraries' too, to stderr as one JSON object each."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    colors = "NO_COLOR" not in os.environ
    as_json = structlog.processors.JSONRenderer(ensure_ascii=False)
    renderer = structlog.dev.ConsoleRenderer(colors=colors) if pretty else as_json
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("kafka", "aiokafka", "faust", "mode", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(role=role)

import os

from deploy.meter import PrometheusMeter
from deploy.ops_server import OpsServer
from deploy.running import Running
from deploy.status import as_json, lag_in, lines, status_of
from schemas.metrics import ARCHIVE_LAG, STREAM_LAG


def _running(**ops: str) -> Running:
    return Running(os.getpid(), "127.0.0.1:9", "http://gateway", "http://api", "127.0.0.1", 9000, "/none", ops)


def test_lag_is_read_from_a_metrics_page() -> None:
    meter = PrometheusMeter()
    meter.gauge(STREAM_LAG, 12, "campus", "3")
    meter.gauge(ARCHIVE_LAG, 4, "0")
    assert lag_in(meter.render().decode()) == {"campus/3": 12, "0": 4}


def test_status_tells_ready_waiting_and_down_apart() -> None:
    meter = PrometheusMeter()
    meter.gauge(STREAM_LAG, 5, "campus", "0")
    meter.gauge(STREAM_LAG, 6, "campus", "1")
    with (
        OpsServer("127.0.0.1", 0, meter=meter, live=lambda: True, ready={"log": lambda: True}) as well,
        OpsServer("127.0.0.1", 0, meter=PrometheusMeter(), live=lambda: True, ready={"store": lambda: False}) as ill,
    ):
        running = _running(
            streams=f"http://127.0.0.1:{well.port}", archive=f"http://127.0.0.1:{ill.port}", api="http://127.0.0.1:9"
        )
        processes = status_of(running)

    assert [(process.name, process.state, process.failing, process.total_lag) for process in processes] == [
        ("kafka", "down", (), 0),
        ("streams", "ready", (), 11),
        ("archive", "waiting", ("store",), 0),
        ("api", "down", (), 0),
    ]
    assert as_json(running, processes)["ok"] is False
    assert "lag 11" in next(line for line in lines(processes) if line.startswith("streams"))

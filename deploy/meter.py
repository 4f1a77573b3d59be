"""The Prometheus side of the metrics seam: every declared metric, registered once per process."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from schemas.metrics import METRICS, Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class PrometheusMeter:
    """Records into a registry of its own; implements :class:`schemas.metrics.Meter`."""

    def __init__(self, metrics: tuple[Metric, ...] = METRICS) -> None:
        self.registry = CollectorRegistry()
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._histograms: dict[str, Histogram] = {}
        self._counting: dict[tuple[str, ...], Counter] = {}
        """The counter of each name and labels: Prometheus' own way to it costs more than the counting."""
        for metric in metrics:
            self._register(metric)

    def _register(self, metric: Metric) -> None:
        name, text, labels = metric.name, metric.help, metric.labels
        if metric.kind == "counter":
            self._counters[name] = Counter(name, text, labels, registry=self.registry)
        elif metric.kind == "gauge":
            self._gauges[name] = Gauge(name, text, labels, registry=self.registry)
        else:
            self._histograms[name] = Histogram(name, text, labels, buckets=metric.buckets, registry=self.registry)

    def count(self, metric: Metric, amount: float = 1, *labels: str) -> None:
        """Add to a counter."""
        key = (metric.name, *labels)
        counter = self._counting.get(key)
        if counter is None:
            declared = self._counters[metric.name]
            counter = self._counting[key] = declared.labels(*labels) if labels else declared
        counter.inc(amount)

    def gauge(self, metric: Metric, value: float, *labels: str) -> None:
        """Set a gauge."""
        gauge = self._gauges[metric.name]
        (gauge.labels(*labels) if labels else gauge).set(value)

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        """Add an observation to a histogram."""
        histogram = self._histograms[metric.name]
        (histogram.labels(*labels) if labels else histogram).observe(value)

    def render(self) -> bytes:
        """The metrics page in Prometheus' text format."""
        return generate_latest(self.registry)

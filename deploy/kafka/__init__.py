"""The embedded Kafka: Apache Kafka itself, one node, on a Java machine that is a Python package."""

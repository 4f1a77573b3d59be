"""The composition root: settings, command line, processes, embedded Kafka and store, demonstration county."""

"""The pure core: documents, de-duplication, judgement. Imports neither Kafka, Faust nor ClickHouse."""

"""The thin shell around the pure core: Kafka, Faust, flushing, fencing. Faust delivers, position decides."""

"""The relay: takes events from the outbox table to Kafka, in order per link, none lost."""

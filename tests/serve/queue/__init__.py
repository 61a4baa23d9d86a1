"""The message queue, against a real NATS server."""

"""Queued cases in, settled verdicts out: workers, requests, reuse, merging, retries."""

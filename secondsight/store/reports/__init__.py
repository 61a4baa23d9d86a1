"""What periodic reports need of the store. In: a stretch of time, or a report. Out: sums over it; reports that are
kept, and their outbox."""

"""Pictures for people: annotated videos, the zones over a snapshot, heat maps."""

"""A page on this machine on which people label what really happens in their own recordings (docs/truth.md)."""

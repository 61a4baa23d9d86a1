"""A source in, packets and decoded frames on UTC time out."""

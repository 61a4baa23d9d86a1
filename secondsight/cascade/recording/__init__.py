"""Candidates and packets in; durable cases with clips and key frames out."""

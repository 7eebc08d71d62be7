"""Bytes of any supported origin to batches of RRset observations."""

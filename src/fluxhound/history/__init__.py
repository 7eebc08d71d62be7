"""Observations to compacted RRset history: the store, its merge laws and its questions."""

"""Lists of URLs to Arrow batches: who fetched what, and who was sent what by mail."""

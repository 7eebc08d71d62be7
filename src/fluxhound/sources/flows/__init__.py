"""Flow records to Arrow batches: who connected where, when, and how much went over."""

"""Our own sinkhole: who calls names that were taken away, told without answering anything."""

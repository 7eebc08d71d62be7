"""The running whole: one analysis, from inputs to findings."""

"""The report: one self-contained HTML page with the picture of the addresses."""

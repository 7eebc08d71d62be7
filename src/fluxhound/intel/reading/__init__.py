"""Feeds of indicators: one module for each format, recognised by content."""

"""The finding document and its renderings."""

"""Findings as STIX 2.1: ``bundle.render_stix``, and the graph of one finding, ``graph.graph``."""

"""Alerts: what is told of findings, to whom, when, and how it is made sure that it arrives."""

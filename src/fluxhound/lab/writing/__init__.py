"""Observations written as the logs and captures that sensors write."""

"""The commands of ``fluxhound respond``."""

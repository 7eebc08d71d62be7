"""The commands of ``fluxhound lab``."""

"""One module for each command of ``fluxhound intel``."""

"""Parts of ``fluxhound contacts``."""

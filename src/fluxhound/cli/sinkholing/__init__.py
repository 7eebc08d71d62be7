"""The commands of ``fluxhound sinkhole``."""

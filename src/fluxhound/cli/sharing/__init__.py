"""The commands of ``fluxhound share``, one file each."""

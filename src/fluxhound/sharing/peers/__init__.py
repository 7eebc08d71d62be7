"""Other people's servers that findings are sent to: ``taxii.push`` and ``misp.push``."""

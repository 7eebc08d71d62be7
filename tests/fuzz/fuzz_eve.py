"""Fuzz the reader suricata, from bytes to rows.

Run python tests/fuzz/fuzz_eve.py -atheris_runs=100000.
"""

import atheris

with atheris.instrument_imports(include=["fluxhound.sources"]):
    import line_input  # type: ignore[import-not-found]  # stands beside this script

    from fluxhound.sources import suricata as reader

if __name__ == "__main__":
    line_input.fuzz(reader.FORMAT)

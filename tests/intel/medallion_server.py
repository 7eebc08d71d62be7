"""The peer: medallion, OASIS's own TAXII 2.1 server, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = "root"
COLLECTION = "52892447-4d7e-4f70-b94d-d7f22742ff63"
USER, PASSWORD = "reader", "a: long password"
_PROGRAM = """
import sys
from werkzeug.serving import make_server
from medallion import load_app
server = make_server("127.0.0.1", 0, load_app(sys.argv[1]), threaded=True)
print(server.server_port, flush=True)
server.serve_forever()
"""


def content(objects: list[dict[str, Any]], added: list[str]) -> dict[str, Any]:
    """Return what the server is to hold: one collection, each object with when it was added."""
    return {
        "/discovery": {
            "title": "test",
            "default": "http://localhost/root/",
            "api_roots": ["http://localhost/root/"],
        },
        "root": {
            "information": {
                "title": "root",
                "versions": ["application/taxii+json;version=2.1"],
                "max_content_length": 9_765_625,
            },
            "status": [],
            "collections": [
                {
                    "id": COLLECTION,
                    "title": "indicators",
                    "can_read": True,
                    "can_write": False,
                    "media_types": ["application/stix+json;version=2.1"],
                    "objects": objects,
                    "manifest": [
                        {
                            "id": each["id"],
                            "date_added": when,
                            "version": each["modified"],
                            "media_type": "application/stix+json;version=2.1",
                        }
                        for each, when in zip(objects, added, strict=True)
                    ],
                }
            ],
        },
    }


@contextmanager
def medallion(folder: Path, held: dict[str, Any], *, page: int = 2) -> Iterator[str]:
    """Run the server on a free port; yield the address of its collection."""
    (folder / "held.json").write_text(json.dumps(held))
    settings = {
        "backend": {
            "module": "medallion.backends.memory_backend",
            "module_class": "MemoryBackend",
            "filename": str(folder / "held.json"),
        },
        "users": {USER: PASSWORD},
        "taxii": {"max_page_size": page},
    }
    path = folder / "medallion.json"
    path.write_text(json.dumps(settings))
    server = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _PROGRAM, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        yield f"http://127.0.0.1:{port}/{ROOT}/collections/{COLLECTION}/"
    finally:
        server.kill()
        server.communicate()

"""What only somebody who looks around says: agents, paths, and saying nothing at all."""

from __future__ import annotations

from fluxhound.response.sinkhole.protocols import Protocol
from fluxhound.response.sinkhole.visit import Visit

#: Parts of User-Agent fields under which scanners are known to announce themselves. Chosen from
#: what the tools send by default.
AGENTS = (
    "zgrab", "masscan", "nmap", "nikto", "censys", "shodan", "nuclei", "sqlmap", "gobuster",
    "dirbuster", "wpscan", "nessus", "openvas", "qualys", "acunetix", "whatweb", "httpx -",
    "projectdiscovery", "internetmeasurement", "expanse", "leakix", "binaryedge", "zmap",
    "netcraft", "paloalto", "securitytrails", "feroxbuster", "ffuf", "hello, world",
)  # fmt: skip
#: Beginnings of paths that are asked for to find weaknesses, not to reach a controller. Chosen.
PATHS = (
    "/.env", "/.git", "/.aws", "/.ds_store", "/wp-login.php", "/wp-admin", "/xmlrpc.php",
    "/phpmyadmin", "/cgi-bin/", "/boaform", "/hnap1", "/actuator", "/solr/", "/manager/html",
    "/vendor/phpunit", "/_ignition", "/server-status", "/.well-known/security.txt", "/robots.txt",
    "/owa/", "/autodiscover", "/telescope", "/console/", "/nmaplowercheck", "/sdk",
)  # fmt: skip
#: Scripts that try anything, whatever they call themselves.
METHODS = frozenset({b"OPTIONS", b"CONNECT", b"TRACE", b"PROPFIND"})


def is_probe(visit: Visit) -> bool:
    """Tell whether the request is one that scanners make."""
    if visit.request is None:
        return False
    agent, path = visit.agent.lower(), visit.path.lower()
    return (
        any(part in agent for part in AGENTS)
        or path.startswith(PATHS)
        or visit.request.method in METHODS
    )


def is_odd(visit: Visit) -> bool:
    """Tell whether the visit has no purpose that can be seen: silence, or a hello that is none."""
    if visit.protocol is Protocol.SILENT:
        return True
    if visit.protocol is not Protocol.TLS:
        return False
    return visit.hello is None or visit.hello.damaged or not visit.hello.ciphers

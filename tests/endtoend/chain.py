"""The whole chain: a resolver tells what it answers, flux is found, and the resolver is told.

Everything that is ours runs as an operator runs it: commands, a configuration file, and for the
name servers the text that ``respond setup`` writes.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import signal
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import dns.exception
import dns.message
import dns.rcode
import dns.rdatatype
import duckdb

from fluxhound.response.setups.choice import setup
from fluxhound.response.setups.options import Consumer, Place, Resolver, SetupOptions, secret
from fluxhound.response.zone import Role, ZoneNames
from tests.endtoend.world import Web
from tests.servers import bind, recursor, unbound
from tests.servers.bind import Bind
from tests.servers.daemon import Daemon, lines, until
from tests.servers.namespace import Namespace
from tests.servers.organisation import PRIMARIES, SECRET
from tests.servers.recursor import Recursor
from tests.servers.unbound import Unbound

SINKHOLE, PRIMARY, PORT = "198.18.0.1", "127.0.0.1:5402", 53
SERVICE = "127.0.0.1:8053"
COMMAND = str(Path(sys.executable).with_name("fluxhound"))
#: Entries live so long, and behaviour goes on as long as it was seen within the second: a machine
#: under load may take ten seconds until it has looked at each name again.
RESPONSE: Mapping[str, Any] = {
    "mode": "sinkhole",
    "sinkhole": [SINKHOLE],
    "auto": True,
    "auto_flux": 0.9,
    "auto_malice": 0.5,
    "own": ["plain.com"],
    "resolvers": ["127.0.0.1"],
    "expiry": "30s",
    "continuing": "20s",
}


class Program:
    """One of our own commands in the foreground, in a namespace."""

    def __init__(
        self, folder: Path, namespace: Namespace, *words: str, command: str = COMMAND
    ) -> None:
        self.folder = folder
        self._words = namespace.command(command, *words)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; whether it is ready is for others to see."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self._words, stdout=log, stderr=log, cwd=self.folder)

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send it a signal, and wait for its end."""
        if self._process is None:
            return
        self._process.send_signal(number)
        self._process.wait(30)
        self._process = None

    def log(self) -> str:
        """Return what it wrote."""
        return (self.folder / "log").read_text(errors="replace")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()


class Chain:
    """A small Internet, a resolver, a primary, the service, the sinkhole; in a ``with``."""

    def __init__(
        self,
        folder: Path,
        namespace: Namespace,
        web: Web,
        *,
        resolver: Consumer,
        primary: str = "knot",
        response: Mapping[str, Any] | None = None,
        sinkhole: bool = True,
    ) -> None:
        """Take what [response] says beside ``RESPONSE``."""
        self.folder = folder
        self.namespace = namespace
        self.web = web
        self.names = ZoneNames.below("rpz.fluxhound")
        place = Resolver(resolver, Place("127.0.0.1", PORT))
        options = SetupOptions(
            names=self.names,
            primary=Place("127.0.0.1", 5402),
            secret=SECRET,
            resolvers=(place,),
        )
        at = folder / "primary"
        self.primary = PRIMARIES[primary](at, namespace, _at(options, at))
        self.tap = folder / "tap.sock"
        self.resolver = self._resolver(resolver, options)
        self.store = folder / "flux.duckdb"
        self.key_file = folder / "tsig.key"
        self._response = {**RESPONSE, **(response or {})}
        # PowerDNS takes no NOTIFY for policy zones.
        told = [] if resolver is Consumer.POWERDNS else [f"{resolver}:127.0.0.1:{PORT}"]
        self._told = [f"notify = {json.dumps(told)}"]
        config = folder / "fluxhound.toml"
        serve = ["serve", "--config", str(config), "--log-format", "text"]
        self.service = Program(folder / "service", namespace, *serve)
        self.pit = Program(
            folder / "sinkhole", namespace,
            "sinkhole", "serve", "--listen", f"{SINKHOLE}:80", "--folder", str(folder / "sinkhole"),
        )  # fmt: skip
        self._with_pit = sinkhole
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.write_key(SECRET)
        (self.folder / "fluxhound.toml").write_text(self._config())
        with ExitStack() as stack:
            stack.enter_context(self.service)
            if self._with_pit:
                stack.enter_context(self.pit)
            stack.enter_context(self.primary)
            until(self.tap.exists, timeout_s=60, tell=self.service.log)
            stack.enter_context(self.resolver)
            self.await_service()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def write_key(self, octets: bytes) -> None:
        """Write the key that the service signs its updates with."""
        self.key_file.touch(mode=0o600)
        self.key_file.write_text(base64.b64encode(octets).decode() + "\n")

    def await_service(self) -> None:
        """Wait until the service answers."""
        until(lambda: self.get("/healthz") is not None, timeout_s=60, tell=self.service.log)

    def get(self, path: str, *, token: str = "", content: bytes | None = None) -> bytes | None:
        """Return what the service answers on HTTP, to a POST if there is *content*, or nothing."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"http://{SERVICE}{path}", content, headers)
        with self.namespace.entered():
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - our own
                    return bytes(answer.read())
            except urllib.error.HTTPError as error:
                return error.read()
            except OSError:
                return None

    def _token(self, name: str) -> str:
        tokens = tomllib.loads(Path(f"{self.store}.tokens").read_text())
        return str(tokens[name]["token"])

    def answer(self, name: str, kind: str = "A") -> tuple[str, ...]:
        """Return the addresses that the resolver answers, in order, or the response code."""
        try:
            return addresses_in(self.resolver.ask(name, kind))
        except (OSError, dns.exception.DNSException):
            return ("no answer",)

    def zones(self) -> dict[Role, frozenset[str]]:
        """Return the owner names of each policy zone, as the primary transfers it."""
        found = {}
        for role in Role:
            zone = self.primary.zone(self.names.of(role))
            found[role] = frozenset(map(str, zone.nodes)) - {"@"}
        return found

    def victims(self) -> dict[str, dict[str, Any]]:
        """Return what ``fluxhound victims`` tells, by client; the service says who asked."""
        held = self.folder / "token"
        held.touch(mode=0o600)
        held.write_text(self._token("analyst"))
        told = self.namespace.run(
            COMMAND, "victims", "--folder", str(self.folder / "sinkhole"), "--own", "10.0.0.0/8",
            "--url", f"http://{SERVICE}", "--token-file", str(held),
            "--key", f"{self.store}.clients.key", "--format", "jsonl", "--all",
        )  # fmt: skip
        return {each["client"]: each for each in map(json.loads, told.splitlines())}

    def response(self) -> dict[str, Any]:
        """Return what the service says is in force and waits; nothing while it does not answer."""
        answer = self.get("/api/v1/response", token=self._token("responder"))
        return dict(json.loads(answer)) if answer else {"in_force": [], "waiting": []}

    def subjects(self, what: str = "in_force") -> set[str]:
        """Return the subjects of the entries that are in force, or wait."""
        return {each["subject"] for each in self.response()[what]}

    def decide(self, decision: str, name: str) -> None:
        """Approve or reject what there is for *name*, as a person does."""
        given = {"decision": decision, "subject": name, "who": "ann", "reason": "a test"}
        octets = json.dumps(given).encode()
        path = "/api/v1/response/decisions"
        answer = self.get(path, token=self._token("responder"), content=octets)
        assert answer
        assert json.loads(answer).get("action"), answer

    def respond(self, *words: str) -> str:
        """Run ``fluxhound respond``, for which the service must not run."""
        config = str(self.folder / "fluxhound.toml")
        return self.namespace.run(COMMAND, "respond", *words, "--config", config)

    def learned(self) -> set[str]:
        """Return every address and name in the answers of the store, when nobody uses it."""
        with duckdb.connect(str(self.store), read_only=True) as connection:
            rows = connection.execute(
                "SELECT DISTINCT unnest(string_split(answers, ',')) FROM history"
            ).fetchall()
        return {text for (text,) in rows}

    def _config(self) -> str:
        response = [f"{key} = {json.dumps(value)}" for key, value in self._response.items()]
        return lines(
            "[engine]",
            f'store = "{self.store}"',
            "threads = 1",
            "[service]",
            f'listen = "{SERVICE}"',
            'sweep_every = "10s"',
            "[[sensor]]",
            'name = "resolver"',
            f'input = "dnstap+unix:{self.tap}"',
            "[response]",
            *response,
            "[publish]",
            f'primary = "{PRIMARY}"',
            f'key_file = "{self.key_file}"',
            *self._told,
        )

    def _resolver(self, kind: Consumer, options: SetupOptions) -> Daemon:
        folder, hints, tap = self.folder / kind.value, self.web.hints, str(self.tap)
        policy = folder / "policy"
        policy.mkdir(parents=True)
        texts = setup(kind.value, _at(options, policy))
        for name, text in texts.items():
            path = policy / name
            path.touch(mode=0o600 if secret(name) else 0o644)
            path.write_text(text)
        if kind is Consumer.BIND:
            everybody = "allow-query { any; }; allow-recursion { any; };\n"
            everybody += "fstrm-set-flush-timeout 1; fstrm-set-buffer-hint 1024;\n"
            told = bind.dnstap(tap, "client response; resolver response;")
            return Bind(
                folder, self.namespace, hints=hints, port=PORT,
                options=f'{everybody}{told}include "{policy}/fluxhound-options.conf";',
                clauses=f'include "{policy}/fluxhound-zones.conf";\n',
            )  # fmt: skip
        if kind is Consumer.UNBOUND:
            return Unbound(
                folder, self.namespace, hints=hints, port=PORT,
                server=["access-control: 0.0.0.0/0 allow"],
                clauses=unbound.dnstap(tap) + f'include: "{policy}/fluxhound-rpz.conf"\n',
            )  # fmt: skip
        # Of two settings of one name the last counts: ours loads theirs, as the comment in it says.
        lua = recursor.dnstap(tap) + f'dofile("{policy}/fluxhound.lua")\n'
        settings = [*texts["fluxhound.conf"].splitlines()]
        settings = [line for line in settings if not line.startswith(("#", "lua-config-file"))]
        return Recursor(folder, self.namespace, hints=hints, port=PORT, settings=settings, lua=lua)


def addresses_in(response: dns.message.Message) -> tuple[str, ...]:
    """Return the addresses in an answer, in order, or its response code."""
    found = [
        item.to_text()
        for rrset in response.answer
        for item in rrset
        if item.rdtype in {dns.rdatatype.A, dns.rdatatype.AAAA}
    ]
    return tuple(sorted(found)) or (dns.rcode.to_text(response.rcode()),)


def _at(options: SetupOptions, folder: Path) -> SetupOptions:
    return dataclasses.replace(options, state=str(folder), folder=str(folder))

"""What a primary's refusals mean, as sentences that say what to check."""

from __future__ import annotations

from fluxhound.errors import FluxhoundError

#: Response codes (RFC 1035 section 4.1.1, RFC 2136 section 2.2) and those of TSIG (RFC 8945
#: section 3).
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = range(6)
NXRRSET, NOTAUTH, NOTZONE = 8, 9, 10
BADSIG, BADKEY, BADTIME, BADTRUNC = 16, 17, 18, 22

#: Seconds that clocks may differ (RFC 8945 section 10 recommends 300).
FUDGE = 300


class PublishError(FluxhoundError):
    """The rules could not be published. Check the primary and [publish] in the configuration."""


class UnreachableError(PublishError):
    """The primary does not answer. Check that it runs, its address, its port and firewalls."""


class ChangedError(PublishError):
    """The zone was changed by somebody else at the same moment. Publish again."""


def refused(rcode: int, where: str, zone: str, key: str) -> PublishError:
    """Return the error for a response code other than success."""
    told = {
        FORMERR: f"{where} does not understand the message (FORMERR). Is it a Knot or BIND?",
        NXDOMAIN: f"{where} has no zone {zone} (NXDOMAIN). Write its configuration with "
        "fluxhound respond setup, and load it.",
        NOTIMP: f"{where} does not do this kind of message (NOTIMP). It has to take dynamic "
        "updates and serve zone transfers: Knot and BIND do.",
        REFUSED: f"{where} refuses this for zone {zone}, although it knows the key {key} (REFUSED)."
        " Allow the key to transfer and update the zone: acl in Knot, allow-transfer and "
        "allow-update in BIND; and check that the zone is configured.",
        NOTAUTH: f"{where} is not the primary of zone {zone}, or does not accept the key {key} "
        "for it (NOTAUTH). Check [publish] zone and key_name, and the acl of the zone.",
        NOTZONE: f"{where} says that a rule is outside of zone {zone} (NOTZONE).",
    }
    text = told.get(rcode, f"{where} answers with response code {rcode} for zone {zone}.")
    if rcode == SERVFAIL:
        return UnreachableError(
            f"{where} cannot serve zone {zone} now (SERVFAIL). Look into its log: the zone is not "
            "loaded, its disk is full, or its first zone file is missing."
        )
    return PublishError(text)


def mistrusted(error: int, where: str, key: str, skew: float | None) -> PublishError:
    """Return the error for a signature that the primary does not accept.

    ``skew`` is by how many seconds its clock is ahead of ours, where it told its time.
    """
    told = {
        BADSIG: f"{where} knows the key {key}, but its secret or its algorithm differs (BADSIG). "
        "Compare [publish] key_file and algorithm with the primary's configuration.",
        BADKEY: f"{where} does not know the key {key} (BADKEY). Compare [publish] key_name and "
        "algorithm with the primary's configuration, and load that.",
        BADTIME: clocks(where, skew),
        BADTRUNC: f"{where} wants longer signatures (BADTRUNC). Check the key's algorithm.",
    }
    return PublishError(told.get(error, f"{where} does not accept our signature (error {error})."))


def clocks(where: str, skew: float | None) -> str:
    """Return the sentence about clocks that differ."""
    how = "differ"
    if skew is not None:
        how = f"differ: its clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} ours"
    return (
        f"The clocks of this machine and of {where} {how}; signatures allow {FUDGE} s (BADTIME). "
        "Let both keep time with NTP."
    )

"""Brands that names imitate: the organisation's own, and a few that phishing imitates most.

The list is short on purpose: each brand costs false alarms, and an organisation knows its own.
The domains are the brands' own, as their sites tell; a name below one of them is never a hit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fluxhound.config import BrandsSettings
from fluxhound.enrichment.domains import registered_domain


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """One brand: its word as it stands in a label, and the registered domains that are its own."""

    word: str
    domains: tuple[str, ...]


#: Word -> own domains. Facts, collected by hand in 2026; not complete, and never will be.
_POPULAR = {
    "adobe": "adobe.com adobe.io adobe.net adobelogin.com omtrdc.net",
    "amazon": "amazon.com amazon.co.uk amazon.de amazon.fr amazon.it amazon.es amazon.co.jp "
    "amazon.in amazon.ca amazon.com.br amazon.com.au amazon.nl amazonaws.com amazon-adsystem.com "
    "amazon.dev amazonpay.com amazontrust.com amazonvideo.com media-amazon.com "
    "ssl-images-amazon.com images-amazon.com",
    "apple": "apple.com icloud.com apple.news aaplimg.com appleid.com apple-dns.net "
    "applemusic.com apple-cloudkit.com cdn-apple.com",
    "binance": "binance.com binance.us",
    "coinbase": "coinbase.com",
    "docusign": "docusign.com docusign.net",
    "dropbox": "dropbox.com dropboxusercontent.com dropboxstatic.com dropboxapi.com",
    "facebook": "facebook.com facebook.net fbcdn.net",
    "fedex": "fedex.com",
    "github": "github.com github.io github.org githubusercontent.com githubassets.com "
    "githubapp.com",
    "google": "google.com google.org googleapis.com googleusercontent.com googlevideo.com "
    "google-analytics.com googletagmanager.com googlesyndication.com googleadservices.com "
    "googletagservices.com "
    "googlemail.com googlezip.net googledomains.com googlehosted.com google.co.uk google.de "
    "google.fr google.ca google.co.jp google.co.in google.com.br google.com.au google.es google.it",
    "instagram": "instagram.com cdninstagram.com",
    "linkedin": "linkedin.com licdn.com",
    "mastercard": "mastercard.com mastercard.us",
    "microsoft": "microsoft.com microsoftonline.com microsoft.net microsoftonline-p.com "
    "microsoftonline-p.net microsoftazuread-sso.com microsoftstore.com microsoft365.com "
    "microsoftonline.us microsoftonline.cn",
    "netflix": "netflix.com netflix.net nflxvideo.net nflxext.com",
    "office365": "office365.com office.com office.net",
    "outlook": "outlook.com office.com outlook.de",
    "paypal": "paypal.com paypalobjects.com paypal.me paypal-corp.com paypal.de paypal.co.uk",
    "spotify": "spotify.com spotifycdn.com",
    "steamcommunity": "steamcommunity.com",
    "telegram": "telegram.org telegram.com telegram.me",
    "walmart": "walmart.com walmart.ca walmartimages.com",
    "wellsfargo": "wellsfargo.com",
    "whatsapp": "whatsapp.com whatsapp.net",
    "yahoo": "yahoo.com yahoo.net yahoo.co.jp yahooapis.com yahoodns.net yahoo.co.uk yahoo.de",
}
#: The well-known ones.
POPULAR = tuple(
    Brand(word=word, domains=tuple(domains.split())) for word, domains in _POPULAR.items()
)
#: Registered domains of networks that deliver for brands under the brand's own name
#: ("technet.microsoft.akadns.net"). Facts, not complete.
_CARRIERS = """
akadns.net akadns6.net akam.net akamai.net akamaiedge.net akamaihd.net akamaized.net amazonaws.com
awsdns.com b-msedge.net azure-api.net azureedge.net azurefd.net azurewebsites.net cdn77.org
cdngc.net cloudapp.net cloudflare.net cloudfront.net edgecastcdn.net edgekey.net edgesuite.net
fastly.net fastlylb.net footprint.net gslb.com llnwd.net msedge.net nsatc.net t-msedge.net
trafficmanager.net
"""
#: Words of English that are one letter away from a brand, and no imitation by themselves.
PLAIN_WORDS = frozenset({"abode", "adore", "ample", "apply", "finance"})
CARRIERS = frozenset(_CARRIERS.split())
#: Shorter words occur in too many others. Chosen; see the measure in docs/contacts.md.
SHORTEST = 4
#: Brands of one organisation. Chosen, not measured.
MOST_OWN = 1000


def own_brands(domains: Iterable[str], words: Iterable[str] = ()) -> tuple[Brand, ...]:
    """Return brands for the organisation's own *domains*, and for further *words*.

    A domain's word is its label before the public suffix ("example" of example.co.uk). All
    *domains* are own domains of every one of them. Words that are too short are left out.
    """
    own = tuple(sorted({registered_domain(each.lower().rstrip(".")) for each in domains}))
    found = {each.partition(".")[0] for each in own} | {word.lower() for word in words}
    kept = sorted(word for word in found if len(word) >= SHORTEST)[:MOST_OWN]
    return tuple(Brand(word=word, domains=own) for word in kept)


def brands_of(settings: BrandsSettings) -> tuple[Brand, ...]:
    """Return the brands that the configuration names: the organisation's own come first."""
    own = own_brands(settings.own, settings.words)
    known = {brand.word for brand in own}
    return (*own, *(b for b in POPULAR if b.word not in known)) if settings.popular else own

from __future__ import annotations

import numpy as np
import pytest

from fluxhound.errors import ConfigurationError
from fluxhound.lab.vantage import Vantage


def test_clients_have_addresses_of_their_resolver() -> None:
    vantage = Vantage(resolvers=3, clients=1000)
    clients = np.array([0, 999, 1000, 2999])
    texts = vantage.client_texts(clients).to_pylist()
    assert texts == ["10.0.1.0", "10.0.4.231", "10.1.1.0", "10.2.4.231"]
    assert vantage.sensor_texts().to_pylist() == ["10.0.0.53", "10.1.0.53", "10.2.0.53"]


def test_resolvers_stand_in_places_in_turn() -> None:
    vantage = Vantage(resolvers=4, places=3)
    assert vantage.place(np.arange(4)).tolist() == [0, 1, 2, 0]
    assert len(set(vantage.longitude_h(np.arange(3)).tolist())) == 3


@pytest.mark.parametrize(
    "fields",
    [
        {"resolvers": 0},
        {"resolvers": 251},
        {"clients": 0},
        {"places": 13},
        {"loss": 1.5},
        {"min_ttl": 10, "max_ttl": 5},
        {"position": "beside"},
    ],
    ids=str,
)
def test_what_cannot_be_is_told(fields: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match="vantage"):
        Vantage(**fields)  # type: ignore[arg-type]

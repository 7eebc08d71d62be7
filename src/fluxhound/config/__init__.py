"""Settings: what there is to choose, from a TOML file, the environment and the command line."""

from __future__ import annotations

from fluxhound.config import values
from fluxhound.config.intel import BrandsSettings, IntelSettings
from fluxhound.config.live import (
    ALERT_FORMATS,
    DESTINATION_KINDS,
    STARTS,
    AlertsSettings,
    ClientsSettings,
    DestinationSettings,
    RetentionSettings,
    SensorSettings,
    ServiceSettings,
)
from fluxhound.config.loading import (
    CONFIG_VARIABLE,
    LARGEST_FILE,
    LISTS,
    SECTIONS,
    Key,
    Settings,
    keys,
    load,
)
from fluxhound.config.response import PublishSettings, ResponseSettings
from fluxhound.config.sections import (
    COLOR_CHOICES,
    OUTPUT_FORMATS,
    SEVERITIES,
    TIME_UNITS,
    DetectionSettings,
    EngineSettings,
    InputSettings,
    OutputSettings,
    TablesSettings,
)
from fluxhound.config.sharing import SharingSettings
from fluxhound.config.values import SMALLEST_MEMORY

__all__ = [
    "ALERT_FORMATS",
    "COLOR_CHOICES",
    "CONFIG_VARIABLE",
    "DESTINATION_KINDS",
    "LARGEST_FILE",
    "LISTS",
    "OUTPUT_FORMATS",
    "SECTIONS",
    "SEVERITIES",
    "SMALLEST_MEMORY",
    "STARTS",
    "TIME_UNITS",
    "AlertsSettings",
    "BrandsSettings",
    "ClientsSettings",
    "DestinationSettings",
    "DetectionSettings",
    "EngineSettings",
    "InputSettings",
    "IntelSettings",
    "Key",
    "OutputSettings",
    "PublishSettings",
    "ResponseSettings",
    "RetentionSettings",
    "SensorSettings",
    "ServiceSettings",
    "Settings",
    "SharingSettings",
    "TablesSettings",
    "keys",
    "load",
    "values",
]

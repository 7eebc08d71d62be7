"""Documents checked against the published JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import orjson

from fluxhound.errors import UnreadableInputError
from fluxhound.sharing.escape import printable

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

MESSAGE_LENGTH = 200


@cache
def schema() -> Mapping[str, Any]:
    """Return the JSON Schema (2020-12) of one finding document."""
    path = resources.files("fluxhound.sharing") / "schema" / "finding.schema.json"
    loaded: dict[str, Any] = orjson.loads(path.read_bytes())
    return loaded


def validate(document: object) -> None:
    """Check one finding document.

    Raises:
        UnreadableInputError: when the document does not keep to the contract; says where.
    """
    from jsonschema.exceptions import best_match  # noqa: PLC0415 - slow to import, seldom needed

    fault = best_match(_validator().iter_errors(document))
    if fault is not None:
        where = "/".join(str(step) for step in fault.absolute_path) or "the document"
        text = printable(f"{where}: {fault.message}")[:MESSAGE_LENGTH]
        raise UnreadableInputError(
            f"This is no finding by schema version 1 ({text}). "
            "Give a file that fluxhound analyze --format jsonl (or json) wrote."
        )


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - slow to import, seldom needed

    return Draft202012Validator(schema())

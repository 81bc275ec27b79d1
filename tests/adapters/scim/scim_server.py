"""Real SCIM servers for tests: one with everything, and ones that lack abilities."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from adapters.scim.server import ScimServer, running

__all__ = ["ScimServer", "lacking", "running"]

CONFIG = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
    "patch": {"supported": True},
    "bulk": {"supported": True, "maxOperations": 1000, "maxPayloadSize": 1048576},
    "filter": {"supported": True, "maxResults": 1000},
    "changePassword": {"supported": False},
    "sort": {"supported": False},
    "etag": {"supported": True},
    "authenticationSchemes": [],
}


@contextlib.contextmanager
def lacking(*abilities: str, **limits: dict[str, int]) -> Iterator[ScimServer]:
    """A server without some of ``patch``, ``bulk``, ``filter``, ``etag``; it refuses them too.

    ``limits`` change single values, such as ``bulk={"maxOperations": 3}``.
    """
    config = json.loads(json.dumps(CONFIG))
    for ability in abilities:
        config[ability]["supported"] = False
    for ability, values in limits.items():
        config[ability].update(values)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.json"
        file.write_text(json.dumps(config))
        with running("--dynamic-tenants", f"--service-provider-config={file}") as server:
            yield server

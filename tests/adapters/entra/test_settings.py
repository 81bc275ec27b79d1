"""Settings that cannot work are told before a call is made, all at once."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.entra.settings import EntraSettings
from domain.errors import ConfigError
from tests.adapters.entra.entra_desk import APP, SECRET


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"tenant_id": ""}, "tenant_id must not be empty"),
        ({"tree": "teams"}, 'tree is "attribute", "groups", "units" or "manager"'),
        ({"attributes": ("depratment",)}, "'depratment'"),
        ({"attributes": ()}, "at least one attribute"),
        ({"tree": "manager", "managers": False}, "needs managers"),
        ({"base_url": "https://graph.microsoft.com"}, "/v1.0"),
        ({"login_url": "login.microsoftonline.com"}, "login_url"),
        ({"guests": "maybe"}, "guests"),
        ({"rate": 0}, "rate"),
        ({"max_rate": -1}, "max_rate"),
    ],
)
def test_each_mistake_has_its_sentence(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        EntraSettings(**{**APP, **given})
    assert told in str(caught.value)


def test_the_secret_is_not_shown() -> None:
    assert SECRET not in repr(EntraSettings(**APP))

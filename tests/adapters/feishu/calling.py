"""What Feishu tells by a webhook, and both ends of it."""

from __future__ import annotations

from typing import Any

from adapters.feishu.callbacks import FeishuCallbacks
from adapters.feishu.sealing import NONCE, SIGNATURE, STAMP
from adapters.feishu.settings import FeishuSettings
from adapters.feishu.speaker import FeishuSpeaker

KEY, TOKEN = "an encrypt key 钥", "verificationtoken0000000000000000"
SIGNED = (STAMP, NONCE, SIGNATURE)


def settings(**changed: Any) -> FeishuSettings:
    given_ = {"encrypt_key": KEY, "verification_token": TOKEN, **changed}
    return FeishuSettings(app_id="cli_simulated", app_secret="s", **given_)


SIDE, SPEAKER = FeishuCallbacks(settings()), FeishuSpeaker(KEY, TOKEN)
PLAIN = FeishuCallbacks(settings(encrypt_key=""))

IDS = {"open_id": "ou_1", "union_id": "on_1", "user_id": "u1"}
DEPARTMENT = {"open_department_id": "od-1", "department_id": "d1"}


def event(kind: str, after: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, Any]:
    """An event of version 2.0 as Feishu's pages show it."""
    return {
        "schema": "2.0",
        "header": {
            "event_id": "f7984f25108f8137722bb63cee927e66",
            "event_type": kind,
            "create_time": "1763999999123",
            "token": "",
            "app_id": "cli_simulated",
            "tenant_key": "xxxxxxx",
        },
        "event": {"object": after} | ({} if before is None else {"old_object": before}),
    }


def first(**inner: Any) -> dict[str, Any]:
    """An event of version 1.0 as Feishu's pages show it."""
    return {
        "ts": "1763999999.7171419",
        "uuid": "bc447199585340d1f3728d26b1c0297a",
        "token": "",
        "type": "event_callback",
        "event": {"app_id": "cli_simulated", "tenant_key": "xxx", **inner},
    }


ONE = event("contact.user.updated_v3", {**IDS, "name": "张三"}, {"name": "甲"})

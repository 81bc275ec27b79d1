"""A simulator whose answers are told in another form, as another provider of the kind may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Retold:
    """The ASGI application ``app`` with ``change`` made to the body of every answer.

    It has everything else that ``app`` has.
    """

    def __init__(self, app: Any, change: Callable[[bytes], bytes]) -> None:
        self._app, self._change = app, change

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def told(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": self._change(message.get("body", b""))}
            await send(message)

        await self._app(scope, receive, told)

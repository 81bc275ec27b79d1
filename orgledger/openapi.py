"""The OpenAPI document of the API over HTTP: docs/reference/openapi.json.

``make docs`` runs ``python -m orgledger.openapi`` and writes it.
"""

from __future__ import annotations

import sys
from inspect import cleandoc
from typing import Any

import msgspec

from orgledger.api import Event, Notice, Problem, Published, State
from orgledger.engine.publish import PUBLISHABLE
from orgledger.ledger import BATCH
from orgledger.live.problems import CONTENT_TYPE

Schema = dict[str, Any]

VERSION = "1"
REF = "#/components/schemas/{name}"

_PROBLEMS = {
    400: "not JSON, or a header or parameter that cannot be used",
    401: "no bearer token that is known here",
    403: "the token is not for this organization, or not for this",
    404: "no such organization",
    408: "the body did not come in time",
    409: "the organization is fed by a provider and is read-only",
    413: "the body is too long",
    422: "events that cannot be taken, each with its reason; or a position beyond the log's end",
    503: "the log is away, or too many callers are: try again, with the same key",
}
_STATE = "The organization as it is now, with the position of the last event in it."
_EVENTS = """\
Every event after a position, in order, and then each as it happens: a stream of server-sent events.
The data of each is an Event, its id the position.
Every 15 seconds at least something comes."""
_PUBLISH = f"""\
Record change events, all of them or none: JSON (an event, or a list of them) or JSON lines.
What was taken under an Idempotency-Key once is never taken again: the answer is the first one's, \
repeated. A publication makes at most {BATCH} events."""
_NOTICE = """\
What the address of [subscribers.<name>] is sent, signed as in Standard Webhooks 1.0.0. \
Answer 2xx when you have it; until then it is sent again, and nothing after it."""


def schemas() -> dict[str, Schema]:
    """Every shape of the API by name, with one for each event that can be published."""
    _, found = msgspec.json.schema_components(
        [Published, Problem, State, Event, Notice, *PUBLISHABLE.values()], ref_template=REF
    )
    found = msgspec.json.decode(msgspec.json.encode(found))  # its defaults too are JSON then
    found = {name: _cleaned(schema) for name, schema in found.items() if name != "Origin"}
    for topic, cls in PUBLISHABLE.items():
        found[topic] = _change(topic, found[topic], of_org=cls.KIND == "organization")
    refs: list[Schema] = [{"$ref": REF.format(name=topic)} for topic in PUBLISHABLE]
    found["Change"] = {
        "description": "A change event; ids are the sender's own.",
        "oneOf": refs,
        "discriminator": {"propertyName": "event"},
    }
    return found


def _cleaned(schema: Schema) -> Schema:
    """Without the indentation of its docstring."""
    if "description" not in schema:
        return schema
    return {**schema, "description": cleandoc(schema["description"])}


def _change(topic: str, fact: Schema, *, of_org: bool) -> Schema:
    """An event as it is published: by the sender's ids, where the log has uids."""
    own = {k: v for k, v in fact["properties"].items() if k not in ("uid", "origin")}
    needed = [k for k in fact.get("required", ()) if k != "uid"]
    named: Schema = {"type": "string", "description": "the sender's id of what it is about"}
    return {
        "title": topic,
        "type": "object",
        "properties": {"event": {"const": topic}, "id": named, **own},
        "required": ["event", *([] if of_org else ["id"]), *needed],
        "additionalProperties": False,
    }


def document() -> Schema:
    """The whole document, as of OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "orgledger",
            "version": VERSION,
            "description": "Publish to an organization, and subscribe to it. See docs/publish.md.",
        },
        "servers": [{"url": "http://127.0.0.1:8480"}],
        "security": [{"token": []}],
        "paths": {
            "/orgs/{org}/events": {
                "parameters": [_parameter("org", "path", "id of the organization")],
                "post": _publish(),
                "get": _events(),
            },
            "/orgs/{org}/state": {
                "parameters": [_parameter("org", "path", "id of the organization")],
                "get": _state(),
            },
        },
        "webhooks": {"organization.changed": {"post": _notice()}},
        "components": {
            "schemas": schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _publish() -> Schema:
    change = {"$ref": REF.format(name="Change")}
    some = {"oneOf": [{"type": "array", "items": change, "minItems": 1}, change]}
    lines = {"type": "string", "description": "one change event in each line"}
    key = "your own id of this publication, 1 to 200 printable characters of ASCII"
    return {
        "operationId": "publish",
        "description": _PUBLISH,
        "parameters": [_parameter("Idempotency-Key", "header", key)],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": some},
                "application/x-ndjson": {"schema": lines},
            },
        },
        "responses": {
            "201": _answer("It is recorded.", Published),
            "200": _answer("It had been recorded before.", Published),
            **_problems(400, 401, 403, 404, 408, 409, 413, 422, 503),
        },
    }


def _events() -> Schema:
    position = {"type": "integer", "minimum": 0}
    text = {"schema": {"type": "string"}}
    return {
        "operationId": "events",
        "description": _EVENTS,
        "parameters": [
            _parameter("after", "query", "the position; 0 by default", position),
            _parameter("Last-Event-ID", "header", "the same, of a stream that goes on", position),
        ],
        "responses": {
            "200": {"description": "The stream.", "content": {"text/event-stream": text}},
            **_problems(400, 401, 403, 404, 422, 503),
        },
    }


def _state() -> Schema:
    tag = "the ETag of a state that you have"
    tagged = {"headers": {"ETag": _header("the position, in quotation marks")}}
    return {
        "operationId": "state",
        "description": _STATE,
        "parameters": [_parameter("If-None-Match", "header", tag)],
        "responses": {
            "200": _answer("The state.", State) | tagged,
            "304": {"description": "It is the one that you have."} | tagged,
            **_problems(401, 403, 404, 503),
        },
    }


def _notice() -> Schema:
    signed = ("webhook-id", "webhook-timestamp", "webhook-signature")
    schema = {"$ref": REF.format(name="Notice")}
    return {
        "operationId": "notice",
        "description": _NOTICE,
        "security": [],
        "parameters": [_parameter(name, "header", "Standard Webhooks") for name in signed],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {"2XX": {"description": "It was taken."}},
    }


def _parameter(name: str, where: str, what: str, schema: Schema | None = None) -> Schema:
    return {
        "name": name,
        "in": where,
        "description": what,
        "required": where == "path",
        "schema": schema or {"type": "string"},
    }


def _answer(what: str, cls: type[Any]) -> Schema:
    schema = {"$ref": REF.format(name=cls.__name__)}
    return {"description": what, "content": {"application/json": {"schema": schema}}}


def _header(what: str) -> Schema:
    return {"description": what, "schema": {"type": "string"}}


def _problems(*statuses: int) -> Schema:
    schema = {"schema": {"$ref": REF.format(name="Problem")}}
    found: Schema = {
        str(status): {"description": _PROBLEMS[status], "content": {CONTENT_TYPE: schema}}
        for status in statuses
    }
    found["401"]["headers"] = {"WWW-Authenticate": _header("Bearer")}
    found["503"]["headers"] = {"Retry-After": _header("seconds")}
    return found


def page(described: Schema) -> str:
    """A document as it is written."""
    return msgspec.json.format(msgspec.json.encode(described), indent=2).decode() + "\n"


if __name__ == "__main__":
    sys.stdout.write(page(document()))

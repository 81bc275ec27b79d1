"""The gateway in front of every call: method, token, permission, and its own refusals.

Source: DingTalk docs, 全局错误码, and captured wire forms (dingtalk.md, section 1).
"""

from __future__ import annotations

from adapters.dingtalk.simulator.errors import MESSAGES, ApiError, NewApiError
from adapters.dingtalk.simulator.routes import Route
from adapters.dingtalk.simulator.world import World
from adapters.simulation.http import Request

TOKEN_HEADER = "x-acs-dingtalk-access-token"  # noqa: S105 - the name of a header
THROTTLED = "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"
PLATFORM_THROTTLED = "Forbidden.AccessDenied.QpsLimitForApi"


def check(world: World, route: Route, request: Request) -> None:
    """Let the call through or raise what the gateway refuses it with."""
    if request.method != route.method:
        raise wrong_method(route)
    if route.new:
        _check_new_token(world, request)
    else:
        _check_token(world, request)
    if route.permission is not None and route.permission not in world.settings.permissions:
        raise no_permission(world, route)


def _check_token(world: World, request: Request) -> None:
    token = request.fields.get("access_token")
    if not token:
        raise ApiError(40000, gateway=True)
    if not world.tokens.valid(str(token)):
        raise ApiError(40014, gateway=True)


def _check_new_token(world: World, request: Request) -> None:
    token = request.headers.get(TOKEN_HEADER)
    if token is None:
        message = f"Missing required header {TOKEN_HEADER}"
        raise NewApiError(400, "AuthenticationFailed.MissingParameter", message)
    if not world.tokens.valid(token):
        raise NewApiError(400, "InvalidAuthentication", "不合法的access_token")


def wrong_method(route: Route) -> ApiError | NewApiError:
    """The call was made with another HTTP method than it has."""
    if route.new:
        return NewApiError(404, "InvalidAction.NotFound", "Specified api is not found")
    return ApiError(43001 if route.method == "GET" else 43002)


def no_permission(world: World, route: Route) -> ApiError | NewApiError:
    """The app was not granted what the call needs: 60011 with requiredScopes."""
    scope = route.permission or "qyapi_base"
    if route.new:
        return NewApiError(
            403,
            "Forbidden.AccessDenied.AccessTokenPermissionDenied",
            f"应用尚未开通所需的权限:[{scope}]",
            accessdenieddetail={"requiredScopes": [scope]},
        )
    url = f"https://open-dev.dingtalk.com/appscope/apply?content={world.settings.app_key}%23{scope}"
    message = f"{MESSAGES[60011]},requiredScopes=[{scope}],点击链接申请并开通即可:{url}"
    return ApiError(60011, message, gateway=True)


def not_from_here(world: World, route: Route) -> ApiError | NewApiError:
    """The caller's address is not in the app's list."""
    if route.new:
        return NewApiError(403, "Forbidden.AccessDenied.IpNotInWhiteList", MESSAGES[60020])
    message = f"{MESSAGES[60020]},request ip=127.0.0.1 appKey({world.settings.app_key})"
    return ApiError(60020, message, gateway=True)


def too_many_calls(world: World, route: Route, *, platform: bool) -> ApiError | NewApiError:
    """Beyond the rate of this app and API (90018), or of the API over all customers (90002)."""
    if route.new:
        code = PLATFORM_THROTTLED if platform else THROTTLED
        return NewApiError(403, code, "接口调用超过QPS限制")
    if not platform:
        return ApiError(90018, gateway=True)
    second = int(world.clock.now())
    name = "dingtalk.oapi." + route.api.replace("/", ".")
    message = (
        f"{MESSAGES[90002]},api={name},window=[{second},{second + 1}],"
        f"count=1201,limit=1200,until={second + 1}"
    )
    return ApiError(90002, message, gateway=True)


def busy(route: Route) -> ApiError | NewApiError:
    """The service has a bad moment; asking again helps."""
    return NewApiError(503, "systemBusy", "系统繁忙") if route.new else ApiError(-1)

"""HTTP manners that all adapters share: pace, retries, connections, and silence about secrets."""

from adapters.http.attempts import Attempts
from adapters.http.budget import Budget
from adapters.http.client import HttpClient, Outgoing
from adapters.http.faults import AddressRefused, HostThrottled, TokenRefused
from adapters.http.lane import Lane, together
from adapters.http.patience import CHECKING, Patience
from adapters.http.reply import Reply, decoded, decoder
from adapters.http.token import AccessToken

__all__ = [
    "CHECKING",
    "AccessToken",
    "AddressRefused",
    "Attempts",
    "Budget",
    "HostThrottled",
    "HttpClient",
    "Lane",
    "Outgoing",
    "Patience",
    "Reply",
    "TokenRefused",
    "decoded",
    "decoder",
    "together",
]

"""HTTP manners that all adapters share: pace, retries, connections, and silence about secrets."""

from adapters.http.budget import Budget
from adapters.http.client import HttpClient, Outgoing
from adapters.http.faults import HostThrottled
from adapters.http.lane import Lane
from adapters.http.patience import Patience
from adapters.http.reply import Reply, decoder
from adapters.http.token import AccessToken

__all__ = [
    "AccessToken",
    "Budget",
    "HostThrottled",
    "HttpClient",
    "Lane",
    "Outgoing",
    "Patience",
    "Reply",
    "decoder",
]

"""The demo: a generated company in a simulated DingTalk, synced, changed and looked back at."""

from orgledger.demo.play import play

__all__ = ["play"]

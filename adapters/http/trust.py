"""Why TLS did not come about, and what to do about it, whatever is spoken inside of it."""

from __future__ import annotations

import ssl
from typing import NamedTuple

EXPIRED, NOT_YET = 10, 9
MISNAMED = frozenset({62, 64})
"""Results of OpenSSL's verification (x509_vfy.h, X509_V_ERR_…); 62: host, 64: address."""

NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"})
"""OpenSSL's reasons where the other side speaks something else than TLS."""


class Distrust(NamedTuple):
    """Why, and what to do next."""

    why: str
    fix: str


def distrust(error: ssl.SSLError, *, authority: str, plain: str) -> Distrust:
    """What a failed handshake means.

    ``authority`` is the setting that names certificates to trust, ``plain`` the address without
    TLS (``http://``).
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        why = f"its certificate is not trusted ({error.verify_message.rstrip('.')})"
        if error.verify_code == EXPIRED:
            return Distrust(why, "Let its operator renew the certificate.")
        if error.verify_code == NOT_YET:
            return Distrust(why, "Compare this machine's clock with the right time.")
        if error.verify_code in MISNAMED:
            return Distrust(why, "Use the name that is in the certificate as the address.")
        return Distrust(why, f"Set {authority} to a file with the certificate of its authority.")
    reason = error.reason or "no reason given"
    why = f"TLS does not come about ({reason.replace('_', ' ').lower()})"
    if reason in NO_TLS:
        return Distrust(f"{why}: that port does not speak TLS", f"Check the port; is it {plain}?")
    return Distrust(why, "Check the address and its port, and which TLS versions it speaks.")

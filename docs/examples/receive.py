"""Be told by webhook: verify what comes, with the standard library, and take each event once.

ORGLEDGER_SECRET=whsec_… python docs/examples/receive.py 8000
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

KEY = base64.b64decode(os.environ["ORGLEDGER_SECRET"].removeprefix("whsec_"))
STALE_S = 300


class Receiver(BaseHTTPRequestHandler):
    position = 0  # keep it together with what you made of the event

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if not self.genuine(body):
            self.send_error(401)
            return
        for event in json.loads(body)["events"]:
            if event["position"] > Receiver.position:
                print(event["position"], event["event"], event["fact"]["uid"], flush=True)
                Receiver.position = event["position"]
        self.send_response(204)
        self.end_headers()

    def genuine(self, body: bytes) -> bool:
        ident, timestamp = self.headers["webhook-id"], self.headers["webhook-timestamp"]
        if not (ident and timestamp and timestamp.isdigit()):
            return False
        signed = f"{ident}.{timestamp}.".encode() + body
        known = b"v1," + base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256))
        given = (self.headers["webhook-signature"] or "").encode().split()
        fresh = abs(time.time() - int(timestamp)) <= STALE_S
        return fresh and any(hmac.compare_digest(one, known) for one in given)


with HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver) as server:
    print(f"listening at port {server.server_port}", flush=True)
    server.serve_forever()

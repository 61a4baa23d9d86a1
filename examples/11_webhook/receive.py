"""A receiver of alerts that trusts nobody and shows nothing twice: WEBHOOK_SECRET=... python receive.py PORT"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

SECRET = os.environ["WEBHOOK_SECRET"].encode()
seen: set[str] = set()  # keep it in a database if the receiver may be restarted


def is_genuine(headers: dict[str, str], body: bytes) -> bool:
    stamp = headers.get("webhook-timestamp", "0")
    signed = f"{headers.get('webhook-id')}.{stamp}.".encode() + body
    mac = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    new = abs(time.time() - int(stamp)) < 300
    return new and any(
        hmac.compare_digest(f"v1,{mac}", s) for s in headers.get("webhook-signature", "").split()
    )


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        genuine = is_genuine(headers, body)
        if genuine and headers["webhook-id"] not in seen:
            seen.add(headers["webhook-id"])
            notice = json.loads(body)
            print(notice["word"], notice["event_type"], notice["text"], flush=True)
        self.send_response(204 if genuine else 401)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()

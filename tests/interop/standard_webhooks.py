"""A partner's callback endpoint that verifies deliveries with the published Standard Webhooks library, and with nothing of ours.

Prints its address, then serves until it is killed. Never parses a body that the library has not verified.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

WEBHOOK = Webhook(sys.argv[1])
LARGEST = 1 << 20


class Partner(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 2  # a body that does not arrive is given up

    def log_message(self, *_):
        pass

    def answer(self, status, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if status != 204:
            self.send_header("Content-Length", "0")
        self.end_headers()

    def other(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer(405, Allow="POST")

    do_GET = do_HEAD = do_PUT = do_DELETE = do_OPTIONS = other

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST:
            self.close_connection = True
            return self.answer(413, Connection="close")
        try:
            body = self.rfile.read(length)
        except TimeoutError:
            self.close_connection = True
            return None
        if self.headers.get_content_type() != "application/json":
            return self.answer(415)
        try:
            text = body.decode("utf-8")
            WEBHOOK.verify(text, {name.lower(): value for name, value in self.headers.items()})
            known = {"entity", "event", "timestamp"} <= json.loads(text).keys()
        except WebhookVerificationError:
            return self.answer(401)
        except (ValueError, AttributeError, RecursionError):
            return self.answer(400)
        return self.answer(204 if known else 400)


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


server = Server(("127.0.0.1", 0), Partner)
print(f"http://127.0.0.1:{server.server_port}/hooks", flush=True)
server.serve_forever()

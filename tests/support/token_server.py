# SPDX-License-Identifier: Apache-2.0
"""A token server of the suite on a loopback port (RFC 6749, 7523, 7636, 7662, 8628). It is strict: what is asked in another way than the
RFCs say is refused and remembered as a fault, which the test looks at.

    server = TokenServer(lifetime=2); server.applications["godwit-app"] = "app secret"
    server.start() … server.faults, server.count("refresh_token"), server.stop()
"""
from __future__ import annotations

import base64
import hashlib
import json
import secrets
import ssl
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FORM = "application/x-www-form-urlencoded"


class Refused(Exception):
    """An error of RFC 6749 section 5.2."""


@dataclass
class Canned:
    """An answer that is given instead of the right one."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    endless: bool = False


@dataclass
class Waiting:
    """A device code, or a code for a browser."""

    user: str
    polls_left: int = 0
    slow_down: bool = False
    challenge: str = ""
    redirect: str = ""
    last_poll: float = 0.0


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Nothing: clients that go away are a part of the tests."""


class TokenServer:
    """Everything a test may set is public; all of it may be changed while the server runs."""

    def __init__(self, *, lifetime: int = 3600, scope: str = "mail", certificate: tuple[Path, Path] | None = None,
                 shares: TokenServer | None = None) -> None:
        """`shares`: another one, which answers the mail server about the tokens of this one."""
        self.lifetime, self.scope = lifetime, scope
        self.applications: dict[str, str] = {}       # ids with their secrets; "": a public one
        self.certificates: dict[str, bytes] = {}     # ids with public keys in PEM
        self.service_accounts: dict[str, bytes] = {}  # addresses with public keys in PEM
        self.application_user = ""                   # whose mailbox client_credentials opens
        self.users: set[str] = set()                 # whom delegation is for
        self.rotates = False                         # each renewal gives another refresh token, and the old one ends
        self.canned: list[Canned] = []               # answers to the next requests to /token
        self.device_user, self.device_polls, self.slows_down = "", 1, False
        self.permissions: dict[str, str] = {}        # refresh tokens with their users
        self.faults: list[str] = []
        self.single_use = False                      # a token is good for one login
        self._tokens: dict[str, tuple[str, float]] = shares._tokens if shares else {}
        self._codes: dict[str, Waiting] = {}
        self._counts: Counter[str] = Counter()
        self._lock = threading.RLock()
        self._given = threading.Condition(self._lock)
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self._scheme = "https"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def start(self) -> TokenServer:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}/{path}"

    def count(self, grant: str) -> int:
        """Tokens given so far by this grant."""
        return self._counts[grant]

    def await_count(self, grant: str, count: int) -> None:
        """Waits until so many tokens were given."""
        with self._given:
            if not self._given.wait_for(lambda: self._counts[grant] >= count, 60):
                raise TimeoutError(f"fewer than {count} tokens by {grant} in a minute")

    def token_for(self, user: str) -> str:
        """An access token, as another program would have obtained it."""
        with self._lock:
            return str(self._give("test", user)["access_token"])

    @property
    def everything_secret(self) -> list[str]:
        """What must appear nowhere."""
        with self._lock:
            return [*self._tokens, *self.permissions, *(secret for secret in self.applications.values() if secret)]

    def permit(self, user: str) -> str:
        """A refresh token, as a login gives it."""
        with self._lock:
            token = "permission-" + secrets.token_urlsafe(24)
            self.permissions[token] = user
            return token

    def browse(self, url: str, user: str, *, state: str | None = None, error: str = "") -> str:
        """What a browser does at `url`, and a person in it: the address to go to then."""
        asked = dict(parse_qsl(urlsplit(url).query, strict_parsing=True))
        self._expect(asked.get("response_type") == "code", "response_type")
        self._expect(asked.get("client_id") in self.applications, "client_id")
        self._expect(asked.get("scope") == self.scope, "scope")
        self._expect(asked.get("code_challenge_method") == "S256" and len(asked.get("code_challenge", "")) == 43, "PKCE")
        self._expect(len(asked.get("state", "")) >= 32, "state")
        self._expect(asked.get("redirect_uri", "").startswith("http://127.0.0.1:"), "redirect_uri")
        code = "code/+" + secrets.token_urlsafe(12)
        self._codes[code] = Waiting(user, challenge=asked["code_challenge"], redirect=asked["redirect_uri"])
        answer = {"error": error} if error else {"code": code}
        return asked["redirect_uri"] + "/?" + urlencode({**answer, "state": asked["state"] if state is None else state})

    # --- what is asked ---------------------------------------------------------------------------------------------------

    def _expect(self, is_so: bool, what: str) -> None:
        if not is_so:
            self.faults.append(what)
            raise Refused("invalid_request")

    def _give(self, grant: str, user: str, *, permission: str = "") -> dict[str, Any]:
        token = f"access-{secrets.token_urlsafe(32)}"
        self._tokens[token] = (user, time.monotonic() + self.lifetime)
        self._counts[grant] += 1
        self._given.notify_all()
        answer: dict[str, Any] = {"access_token": token, "token_type": "Bearer", "expires_in": self.lifetime}
        return {**answer, "refresh_token": permission} if permission else answer

    def _application(self, form: dict[str, str]) -> str:
        name = form.pop("client_id", "")
        if name in self.certificates:
            self._expect(form.pop("client_assertion_type", "") == _ASSERTION, "client_assertion_type")
            claims = self._claims(form.pop("client_assertion", ""), self.certificates[name], "x5t")
            self._expect(claims["iss"] == claims["sub"] == name and len(claims.get("jti", "")) > 20, "assertion")
            return name
        if name not in self.applications or form.pop("client_secret", "") != self.applications[name]:
            raise Refused("invalid_client")
        return name

    def _claims(self, text: str, key: bytes, named_by: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(text)
            claims = jwt.decode(text, key, algorithms=["RS256"], audience=self.url("token"),
                                options={"require": ["exp", "iat", "iss", "sub"]})
        except jwt.PyJWTError as error:
            self.faults.append(str(error))
            raise Refused("invalid_grant") from error
        self._expect(bool(header.get(named_by)), named_by)
        self._expect(0 < claims["exp"] - claims["iat"] <= 3600, "exp")
        return dict(claims)

    def token(self, form: dict[str, str]) -> dict[str, Any]:
        grant = form.pop("grant_type", "")
        answer = {"client_credentials": self._client_credentials, "refresh_token": self._refresh, JWT_BEARER: self._delegate,
                  DEVICE_CODE: self._poll, "authorization_code": self._exchange}.get(grant)
        if answer is None:
            raise Refused("unsupported_grant_type")
        given = answer(form)
        self._expect(not form, f"{grant}: {sorted(form)}")
        return given

    def _client_credentials(self, form: dict[str, str]) -> dict[str, Any]:
        self._application(form)
        self._expect(form.pop("scope", "") == self.scope, "scope")
        return self._give("client_credentials", self.application_user)

    def _refresh(self, form: dict[str, str]) -> dict[str, Any]:
        self._application(form)
        self._expect(form.pop("scope", "") == self.scope, "scope")
        permission = form.pop("refresh_token", "")
        user = self.permissions.get(permission)
        if user is None:
            raise Refused("invalid_grant")
        if self.rotates:
            del self.permissions[permission]
            return self._give("refresh_token", user, permission=self.permit(user))
        return self._give("refresh_token", user)

    def _delegate(self, form: dict[str, str]) -> dict[str, Any]:
        text = form.pop("assertion", "")
        issuer = str(jwt.decode(text, options={"verify_signature": False}).get("iss"))
        if issuer not in self.service_accounts:
            raise Refused("invalid_client")
        claims = self._claims(text, self.service_accounts[issuer], "kid")
        self._expect(claims.get("scope") == self.scope, "scope")
        if claims["sub"] not in self.users:
            raise Refused("invalid_grant")
        return self._give("jwt_bearer", claims["sub"])

    def device(self, form: dict[str, str]) -> dict[str, Any]:
        self._expect(form.pop("client_id", "") in self.applications, "client_id")
        self._expect(form.pop("scope", "") == self.scope and not form, "scope")
        code = secrets.token_urlsafe(16)
        self._codes[code] = Waiting(self.device_user, self.device_polls, self.slows_down)
        return {"device_code": code, "user_code": "WDJB-MJHT", "verification_uri": self.url("type-it"), "expires_in": 60, "interval": 1}

    def _poll(self, form: dict[str, str]) -> dict[str, Any]:
        self._application(form)
        waiting = self._codes[form.pop("device_code")]
        pause, waiting.last_poll = time.monotonic() - waiting.last_poll, time.monotonic()
        if pause < 0.9:
            self.faults.append("polled too fast")
        if waiting.slow_down:
            waiting.slow_down = False
            raise Refused("slow_down")
        if waiting.polls_left > 0:
            waiting.polls_left -= 1
            raise Refused("authorization_pending")
        if not waiting.user:
            raise Refused("access_denied")
        return self._give("device_code", waiting.user, permission=self.permit(waiting.user))

    def _exchange(self, form: dict[str, str]) -> dict[str, Any]:
        self._application(form)
        waiting = self._codes.pop(form.pop("code", ""), None)
        if waiting is None:
            raise Refused("invalid_grant")
        digest = hashlib.sha256(form.pop("code_verifier", "").encode()).digest()
        self._expect(base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == waiting.challenge, "code_verifier")
        self._expect(form.pop("redirect_uri", "") == waiting.redirect, "redirect_uri")
        return self._give("authorization_code", waiting.user, permission=self.permit(waiting.user))

    def introspect(self, form: dict[str, str]) -> dict[str, Any]:
        """RFC 7662, for the mail server."""
        user, end = self._tokens.get(form.get("token", ""), ("", 0.0))
        if self.single_use:
            self._tokens.pop(form.get("token", ""), None)
        return {"active": True, "username": user} if end > time.monotonic() else {"active": False}

    # --- HTTP ------------------------------------------------------------------------------------------------------------

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                """Nothing: standard error is the test's."""

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                path = urlsplit(self.path).path.strip("/")
                if path == "token" and server.canned:
                    self._give_canned(server.canned.pop(0))
                    return
                try:
                    if self.headers.get("Content-Type", "").split(";")[0] != _FORM:
                        server._expect(path == "introspect", "Content-Type")
                    parsed = parse_qs(body, keep_blank_values=True, strict_parsing=True)
                    server._expect(all(len(values) == 1 for values in parsed.values()), "a field twice")
                    form = {name: values[0] for name, values in parsed.items()}
                    with server._lock:
                        answer = {"token": server.token, "device": server.device, "introspect": server.introspect}[path](form)
                    self._send(200, json.dumps(answer).encode())
                except Refused as refusal:
                    self._send(400, json.dumps({"error": str(refusal), "error_description": "as the test wants it"}).encode())
                except (KeyError, ValueError) as error:
                    server.faults.append(repr(error))
                    self._send(400, b'{"error":"invalid_request"}')

            def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", "Cache-Control": "no-store", **(headers or {})}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def _give_canned(self, canned: Canned) -> None:
                if not canned.endless:
                    self._send(canned.status, canned.body, canned.headers)
                    return
                self.send_response(200)
                self.end_headers()
                try:
                    while True:
                        self.wfile.write(b" " * 65_536)
                except OSError:
                    self.close_connection = True

        return Handler


def dovecot_settings(server: TokenServer, folder: Path) -> str:
    """More of dovecot.conf: tokens of `server` are taken, beside passwords. `folder` must live as long as the Dovecot."""
    settings = folder / "oauth2.conf"
    settings.write_text(f"introspection_mode = post\nintrospection_url = {server.url('introspect')}\n"
                        "username_attribute = username\nactive_attribute = active\nactive_value = true\n")
    folder.chmod(0o755)
    settings.chmod(0o644)
    return (f"auth_mechanisms = plain login xoauth2 oauthbearer\n"
            f"passdb {{\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = {settings}\n}}\n")

"""Tries the HTTP contract as every role: no 500, no status and no body that the document does not know.

Run by `cargo xtask interop`, with the server's program and its Python in the environment. Writes what came of it as a
page that is committed.
"""

import datetime
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "INTEROP.md"
HEADING = "## The HTTP contract"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# The feed does not end, a submission ends the session that all other trials need, and who signs out is nobody.
LEFT_OUT = ["/api/sessions/{id}/events", "/api/sessions/{id}/submission", "/api/sign-out"]
PASSWORD = "correct horse battery"
# Below what the server lets one caller do, so that trials meet the routes and not the limits.
RATE = "25/s"
EXAMPLES = "8"


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Who:
    """Somebody with what they are known by, as a header; nothing for nobody, and for the owner on loopback."""

    def __init__(self, name: str, header: str | None = None) -> None:
        self.name = name
        self.header = header

    @classmethod
    def by_key(cls, name: str, key: str) -> "Who":
        return cls(name, f"Authorization: Bearer {key}")


def send(base: str, method: str, path: str, body: object = None, who: Who | None = None):
    headers = {"content-type": "application/json"}
    if who and who.header:
        name, value = who.header.split(": ", 1)
        headers[name] = value
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(base + path, data=data, method=method, headers=headers)
    return urllib.request.urlopen(request, timeout=60)


def call(base: str, method: str, path: str, body: object = None, who: Who | None = None) -> dict:
    with send(base, method, path, body, who) as response:
        return json.loads(response.read() or b"null")


def signed_in(base: str, name: str, path: str, body: dict) -> Who:
    """Somebody by the cookie that they get."""
    with send(base, "POST", path, body) as response:
        return Who(name, "Cookie: " + response.headers["set-cookie"].split(";")[0])


def wait_for(base: str) -> None:
    for _ in range(300):
        try:
            call(base, "GET", "/api/health")
            return
        except OSError:
            time.sleep(0.2)
    sys.exit(f"the server does not answer at {base}: its messages say why")


def session(base: str, by: Who | None) -> tuple[str, list[Who]]:
    """A session at work, with something of everything in it, and those whom its links let in."""
    made = call(base, "POST", "/api/sessions", {"task": "helpdesk_rag", "mode": "practice"}, by)
    roles = {"candidate": "candidate, by link", "observe": "observer, by link", "review": "reviewer, by link"}
    links = {role: Who.by_key(roles[role], link.split("#key=")[1]) for role, link in made["links"].items()}
    path, candidate = f"/api/sessions/{made['id']}", links["candidate"]
    call(base, "POST", f"{path}/consent", {"views": True}, candidate)
    call(base, "POST", f"{path}/start", {}, candidate)
    call(base, "POST", f"{path}/prompts", {"text": "What does faithfulness measure?"}, candidate)
    call(base, "POST", f"{path}/hypotheses", {"text": "Labels are compared as text."}, candidate)
    return made["id"], [links["candidate"], links["observe"], links["review"]]


def trial(base: str, folder: Path, session: str, who: Who) -> tuple[int, int, str]:
    """Cases tried, cases that failed, and what was said."""
    settings = folder / "schemathesis.toml"
    settings.write_text(f'[parameters]\n"path.id" = "{session}"\n')
    command = [str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(settings), "run"]
    command += [f"{base}/api/openapi.json", "--checks", CHECKS, "--phases", "examples,coverage,fuzzing"]
    command += ["-n", EXAMPLES, "--continue-on-failure", "--request-timeout", "10", "--rate-limit", RATE, "--seed", "1"]
    command += [word for path in LEFT_OUT for word in ("--exclude-path", path)]
    command += ["-H", who.header] if who.header else []
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    generated = re.search(r"(\d+) generated", done.stdout)
    failed = re.search(r"(\d+) found [^\n]*unique failures|(\d+) failed", done.stdout)
    if generated is None:
        sys.exit(done.stdout + done.stderr)
    count = next((int(found) for found in (failed.groups() if failed else ()) if found), 0)
    return int(generated[1]), max(count, done.returncode), done.stdout


def write(section: str) -> None:
    """Puts the section into the page; others stay as they are."""
    head, *sections = re.split(r"^(?=## )", PAGE.read_text(), flags=re.MULTILINE)
    others = [other.rstrip() + "\n" for other in sections if not other.startswith(HEADING)]
    PAGE.write_text("\n".join([head.rstrip() + "\n", section, *others]))


class Server:
    """The server's program on a free port, with a folder of its own."""

    def __init__(self, folder: Path, public: bool) -> None:
        port = free_port()
        self.base = f"http://127.0.0.1:{port}"
        command = [os.environ["CAVEAT"], "serve", "--listen", f"127.0.0.1:{port}", "--data", str(folder)]
        command += ["--python", os.environ["CAVEAT_PYTHON"]] + (["--public-url", self.base] if public else [])
        self.process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        said = ""
        while "Caveat is at" not in said and (line := self.process.stderr.readline()):
            said += line
        self.token = re.search(r"#token=(\w+)", said)
        # Read on, or the server would stop at a full pipe.
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        wait_for(self.base)

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()


def people(server: Server) -> list[Who]:
    """Somebody of every role, the first an admin, and programs with API keys."""
    first = {"token": server.token[1], "name": "Ada", "mail": "ada@example.org", "password": PASSWORD}
    admin = signed_in(server.base, "admin", "/api/setup", first)
    known = [admin]
    for role in ("interviewer", "observer", "reviewer"):
        account = {"name": role, "mail": f"{role}@example.org", "role": role, "password": PASSWORD}
        call(server.base, "POST", "/api/people", account, admin)
        sign_in = {"mail": account["mail"], "password": PASSWORD}
        known.append(signed_in(server.base, role, "/api/sign-in", sign_in))
    for scope in ("sessions:create", "sessions:read", "reports:read"):
        made = call(server.base, "POST", "/api/keys", {"name": scope, "scopes": [scope]}, admin)
        known.append(Who.by_key(f"API key for {scope}", made["token"]))
    return known


def tried(server: Server, folder: Path, by: Who | None, callers: list[Who]) -> tuple[list[str], list[str]]:
    """A row for every caller, and what was said where something failed."""
    rows, broken = [], []
    for who in callers:
        # Trials change the session, so each caller gets its own, and those with a link the one that it opens.
        ident, links = session(server.base, by)
        who = next((link for link in links if link.name == who.name), who)
        print(f"the contract as {who.name}", file=sys.stderr, flush=True)
        count, failed, said = trial(server.base, folder, ident, who)
        rows.append(f"| {who.name} | {count} | {failed} |")
        broken += [said] if failed else []
    call(server.base, "GET", "/api/health")
    return rows, broken


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        links = [Who(f"{role}, by link") for role in ("candidate", "observer", "reviewer")]
        with Server(folder / "own", public=False) as own, Server(folder / "public", public=True) as public:
            known = people(public)
            with ThreadPoolExecutor() as pool:
                at_home = pool.submit(tried, own, folder / "own", None, [Who("owner, on loopback"), *links])
                by_account = pool.submit(tried, public, folder / "public", known[0], [Who("nobody"), *known])
            rows, broken = (one + other for one, other in zip(at_home.result(), by_account.result()))
    version = subprocess.run([str(Path(sys.executable).parent / "schemathesis"), "--version"], capture_output=True, text=True)
    write(
        f"{HEADING}, {datetime.date.today().isoformat()}\n\n"
        f"{version.stdout.strip()}, {EXAMPLES} examples a route and every boundary case: no 500, no status, content type or body that\n"
        "`/api/openapi.json` does not describe. Left out: the feed, which does not end, the submission, which ends the session, and\n"
        "signing out. The first four rows are a server for its own machine, the others one with accounts.\n\n"
        "| as | cases | failed |\n|---|---|---|\n" + "\n".join(rows) + "\n"
    )
    if broken:
        sys.exit("\n".join(broken))


main()

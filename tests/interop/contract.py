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
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "INTEROP.md"
HEADING = "## The HTTP contract"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# The feed does not end, and a submission ends the session that all other trials need.
LEFT_OUT = ["/api/sessions/{id}/events", "/api/sessions/{id}/submission"]
# Below what the server lets one caller do, so that trials meet the routes and not the limits.
RATE = "15/s"
EXAMPLES = "15"


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def call(base: str, method: str, path: str, body: object = None, key: str | None = None) -> dict:
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(base + path, data=data, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.loads(response.read() or b"null")


def wait_for(base: str) -> None:
    for _ in range(300):
        try:
            call(base, "GET", "/api/health")
            return
        except OSError:
            time.sleep(0.2)
    sys.exit(f"the server does not answer at {base}: its messages say why")


def session(base: str) -> tuple[str, dict[str, str]]:
    """A session at work, with something of everything in it, and the keys of its roles."""
    made = call(base, "POST", "/api/sessions", {"task": "helpdesk_rag", "mode": "practice"})
    keys = {role: link.split("#key=")[1] for role, link in made["links"].items()}
    path, key = f"/api/sessions/{made['id']}", keys["candidate"]
    call(base, "POST", f"{path}/consent", {"views": True}, key)
    call(base, "POST", f"{path}/start", {}, key)
    call(base, "POST", f"{path}/prompts", {"text": "What does faithfulness measure?"}, key)
    call(base, "POST", f"{path}/hypotheses", {"text": "Labels are compared as text."}, key)
    return made["id"], keys


def trial(base: str, folder: Path, session: str, key: str | None) -> tuple[int, int, str]:
    """Cases tried, cases that failed, and what was said."""
    settings = folder / "schemathesis.toml"
    settings.write_text(f'[parameters]\n"path.id" = "{session}"\n')
    command = [str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(settings), "run"]
    command += [f"{base}/api/openapi.json", "--checks", CHECKS, "--phases", "examples,coverage,fuzzing"]
    command += ["-n", EXAMPLES, "--continue-on-failure", "--request-timeout", "10", "--rate-limit", RATE, "--seed", "1"]
    command += [word for path in LEFT_OUT for word in ("--exclude-path", path)]
    command += ["-H", f"Authorization: Bearer {key}"] if key else []
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


def main() -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    rows, broken = [], []
    with tempfile.TemporaryDirectory() as scratch:
        command = [os.environ["CAVEAT"], "serve", "--listen", f"127.0.0.1:{port}", "--data", f"{scratch}/data"]
        server = subprocess.Popen([*command, "--python", os.environ["CAVEAT_PYTHON"]], cwd=ROOT)
        try:
            wait_for(base)
            for role in ("nobody", "candidate", "observe", "review"):
                # Trials of a role change its session, so each gets its own.
                ident, keys = session(base)
                print(f"the contract as {role}", file=sys.stderr, flush=True)
                tried, failed, said = trial(base, Path(scratch), ident, keys.get(role))
                rows.append(f"| {role} | {tried} | {failed} |")
                broken += [said] if failed else []
            call(base, "GET", "/api/health")
        finally:
            server.terminate()
            server.wait()
    version = subprocess.run([str(Path(sys.executable).parent / "schemathesis"), "--version"], capture_output=True, text=True)
    write(
        f"{HEADING}, {datetime.date.today().isoformat()}\n\n"
        f"{version.stdout.strip()}, {EXAMPLES} examples a route and every boundary case: no 500, no status, content type or body that\n"
        "`/api/openapi.json` does not describe. Left out: the feed, which does not end, and the submission, which ends the session.\n\n"
        "| as | cases | failed |\n|---|---|---|\n" + "\n".join(rows) + "\n"
    )
    if broken:
        sys.exit("\n".join(broken))


main()

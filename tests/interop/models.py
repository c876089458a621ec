"""Lets the server talk to LiteLLM's proxy as its live model, in every dialect that the proxy serves.

Run by `cargo xtask interop`, with the server's program and its Python in the environment, by an environment that has
LiteLLM. Nothing leaves the machine: one model of the proxy says a fixed text, the other relays to the first, so that
the proxy translates a running stream from chat completions into the other dialects. Adds what came of it to a page that
is committed.
"""

import datetime
import importlib.metadata
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "INTEROP.md"
HEADING = "## Live models through LiteLLM"
TEXT = "People name branches after the ticket, ünïcode 🦀 included, and keep them short-lived."
QUESTION = "How do people usually name their branches in a team like this one?"
# Dialect, the proxy's model, and what the proxy's paths begin with.
TRIALS = [
    ("openai_chat", "said", "v1"),
    ("openai_responses", "relayed", "v1"),
    ("anthropic", "relayed", "v1"),
    ("gemini", "relayed", "v1beta"),
]
PATIENCE = 120


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def call(url: str, method: str = "GET", body: object = None, key: str | None = None) -> object:
    headers = {"content-type": "application/json", "accept": "application/json"}
    headers |= {"authorization": f"Bearer {key}"} if key else {}
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.loads(response.read() or b"null")


def wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends and process.poll() is None:
        try:
            call(url)
            return
        except OSError:
            time.sleep(0.2)
    sys.exit(f"nothing answers at {url}:\n{log.read_text()}")


def proxy_settings(port: int) -> str:
    said = {"model": "openai/said", "api_key": "none", "mock_response": TEXT}
    relay = {"api_base": f"http://127.0.0.1:{port}/v1", "api_key": "os.environ/LITELLM_MASTER_KEY"}
    models = [
        {"model_name": "said", "litellm_params": said},
        {"model_name": "relayed", "litellm_params": {"model": "custom_openai/said", **relay}},
    ]
    # JSON is YAML, but for escapes of pairs of surrogates.
    return json.dumps({"model_list": models}, ensure_ascii=False)


def caveat_settings(port: int) -> str:
    return "".join(
        f'[[model]]\nname = "{dialect}"\npreset = "litellm"\ndialect = "{dialect}"\nmodel = "{model}"\n'
        f'base_url = "http://127.0.0.1:{port}/{version}"\nkey_env = "LITELLM_MASTER_KEY"\n\n'
        for dialect, model, version in TRIALS
    )


def answer(base: str, model: str) -> tuple[str, list[str]]:
    """What a candidate is answered, and what the log has about faults."""
    wanted = {"task": "helpdesk_rag", "mode": "practice", "assistant": {"model": model}}
    made = call(f"{base}/api/sessions", "POST", wanted)
    keys = {role: link.split("#key=")[1] for role, link in made["links"].items()}
    path = f"{base}/api/sessions/{made['id']}"
    call(f"{path}/consent", "POST", {"views": True}, keys["candidate"])
    call(f"{path}/start", "POST", {}, keys["candidate"])
    call(f"{path}/prompts", "POST", {"text": QUESTION}, keys["candidate"])
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        exchange = call(path, key=keys["candidate"])["view"]["exchanges"][0]
        if exchange.get("outcome"):
            events = json.dumps(call(f"{path}/events", key=keys["review"]), ensure_ascii=False)
            return (exchange.get("answer") or {}).get("text", ""), re.findall(r'"cause": "([^"]*)"', events)
        time.sleep(0.2)
    sys.exit(f"{model}: no answer within {PATIENCE} s")


def tested(program: str, settings: Path, environment: dict[str, str]) -> dict[str, str]:
    """What `caveat model test` says of each model."""
    command = [program, "model", "test", "--config", settings]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    said = dict(re.findall(r"^(\w+): (.*)$", done.stdout, re.MULTILINE))
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return said


def trials(scratch: Path) -> list[tuple[str, str, str, list[str]]]:
    port, own = free_port(), free_port()
    environment = os.environ | {
        "LITELLM_MASTER_KEY": "sk-" + secrets.token_hex(24),
        # Prices come with the program instead of from the network.
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
    (scratch / "proxy.yaml").write_text(proxy_settings(port))
    (scratch / "models.toml").write_text(caveat_settings(port))
    program = os.environ["CAVEAT"]
    litellm = [str(Path(sys.executable).parent / "litellm"), "--config", "proxy.yaml"]
    litellm += ["--host", "127.0.0.1", "--port", str(port)]
    serve = [program, "serve", "--listen", f"127.0.0.1:{own}", "--data", str(scratch / "data")]
    serve += ["--config", str(scratch / "models.toml"), "--python", os.environ["CAVEAT_PYTHON"]]
    logs = [scratch / "proxy.log", scratch / "server.log"]
    running = []
    try:
        for command, folder, log in zip([litellm, serve], [scratch, ROOT], logs):
            out = log.open("w")
            running.append(subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=out))
        wait_for(f"http://127.0.0.1:{port}/health/liveliness", running[0], logs[0])
        wait_for(f"http://127.0.0.1:{own}/api/health", running[1], logs[1])
        said = tested(program, scratch / "models.toml", environment)
        answers = [answer(f"http://127.0.0.1:{own}", dialect) for dialect, _, _ in TRIALS]
    finally:
        for process in running:
            process.terminate()
            process.wait()
    if environment["LITELLM_MASTER_KEY"] in logs[1].read_text() + str(answers) + str(said):
        sys.exit("the key stands in the server's output")
    return [(dialect, said[dialect], *told) for (dialect, _, _), told in zip(TRIALS, answers)]


def section(rows: list[tuple[str, str, str, list[str]]]) -> str:
    version = importlib.metadata.version("litellm")
    lines = [
        f"| `{dialect}` | {test.split(',')[0]} | {'whole' if text == TEXT and not causes else 'no'} |"
        for dialect, test, text, causes in rows
    ]
    return (
        f"{HEADING}, {datetime.date.today().isoformat()}\n\n"
        f"LiteLLM's proxy, version {version}, as the live model of a session: the proxy's own fixed answer in the dialect of chat\n"
        "completions, and the same stream as the proxy translates it into the other dialects. Whole: the candidate got every\n"
        "character, and the log has no fault. Tested: what `caveat model test` says.\n\n"
        "| dialect | tested | answer |\n|---|---|---|\n" + "\n".join(lines) + "\n"
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        rows = trials(Path(scratch))
    rest = re.sub(rf"\n{HEADING}.*?(?=\n## |\Z)", "", PAGE.read_text(), flags=re.DOTALL)
    PAGE.write_text(rest.rstrip("\n") + "\n\n" + section(rows))
    for dialect, test, text, causes in rows:
        print(f"{dialect}: {test}", file=sys.stderr)
        if text != TEXT or causes:
            sys.exit(f"{dialect}: {text!r}, {causes}")


main()

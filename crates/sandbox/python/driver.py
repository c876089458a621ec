# The trusted program inside the sandbox: the first and only thing bubblewrap starts.
#
#   python -s -S -B -P -c <this text> <payload descriptor> <result descriptor> <descriptor to close>
#
# It reads one payload, lowers its own limits, copies the files in and only then lets anything of the candidate's run.
# A payload that ends early means that whoever sent it is gone: nothing runs. Until then nothing of the candidate's is
# in the file system, so every import up to that point is the interpreter's own.
import posix
import resource
import site
import sys
from _json import encode_basestring_ascii, make_scanner
from math import isfinite


def main():
    payload, result, unused = map(int, sys.argv[1:])
    posix.close(unused)
    header, body = receive(payload)
    posix.close(payload)
    if header is None:
        posix._exit(125)
    try:
        lower_limits(header["rlimits"])
        unpack(header["files"], body)
    except OSError as problem:
        write_all(result, b"lost " + str(problem).encode("utf-8", "replace") + b"\n")
        posix._exit(125)
    sys.argv[:] = [header["mode"]]
    sys.modules["__main__"] = type(sys)("__main__")
    if header["mode"] == "run":
        return run(header, result)
    if header["mode"] == "pytest":
        return run_pytest(header, result)
    return observe(header, result)


def receive(descriptor):
    """The header and the bytes of the files, or (None, None) when the sender vanished before the last byte."""
    prefix = read_exactly(descriptor, 16)
    if prefix is None:
        return None, None
    text = read_exactly(descriptor, int(prefix[:8], 16))
    body = read_exactly(descriptor, int(prefix[8:], 16))
    if text is None or body is None or read_exactly(descriptor, 2) != b"GO":
        return None, None
    return parse(text.decode("utf-8")), body


def read_exactly(descriptor, count):
    parts = []
    while count:
        part = posix.read(descriptor, min(count, 1 << 20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def parse(text):
    # The C scanner alone: the json package would cost as much again as the interpreter's start.
    class Context:
        strict = True
        object_hook = None
        object_pairs_hook = None
        parse_float = float
        parse_int = int
        parse_constant = None
        memo = {}

    return make_scanner(Context)(text, 0)[0]


def lower_limits(limits):
    for name, soft, hard in limits:
        resource.setrlimit(getattr(resource, name), (soft, hard))
    posix.umask(0o022)


def unpack(files, body):
    made = {""}
    offset = 0
    view = memoryview(body)
    for path, size in files:
        parent = ""
        for part in path.split("/")[:-1]:
            parent = parent + "/" + part if parent else part
            if parent not in made:
                posix.mkdir(parent, 0o755)
                made.add(parent)
        target = posix.open(path, posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_NOFOLLOW, 0o644)
        write_all(target, view[offset:offset + size])
        posix.close(target)
        offset += size


def write_all(descriptor, data):
    data = memoryview(data)
    while data:
        data = data[posix.write(descriptor, data):]


def run(header, result):
    argv, environment = header["argv"], header["env"]
    write_all(result, b"ready\n")
    posix.closerange(3, 4096)
    program = argv[0]
    # A bare name is looked up on PATH, as a shell does.
    folders = [""] if "/" in program else [folder + "/" for folder in environment.get("PATH", "").split(":")]
    problem = None
    for folder in folders:
        try:
            posix.execve(folder + program, argv, environment)
        except FileNotFoundError as missing:
            problem = problem or missing
        except OSError as refused:
            problem = refused
    write_all(2, (program + ": " + problem.strerror + "\n").encode("utf-8", "replace"))
    posix._exit(127)


def enter():
    """Make this process the candidate's: the venv's packages, then the candidate's folder, first on the path."""
    site.main()
    sys.path.insert(0, "/box")


def observe(header, result):
    # Everything needed after the candidate's code has run is taken aside now, by exact reference: from then on no name is
    # looked up in a module or among the built-ins, because the candidate's code may have changed those.
    from posix import _exit, getpid, write
    from sys import setprofile, settrace

    quote, finite = encode_basestring_ascii, isfinite
    nonce, given, program = header["nonce"], header["given"], header["program"]
    passes_given, limit = header["passes_given"], header["result_bytes"]
    header.clear()
    name_of = type.__dict__["__name__"].__get__
    kind_of, count, anything = type, len, BaseException
    none, boolean, integer, floating = type(None), bool, int, float
    string, array, fixed, mapping = str, list, tuple, dict
    whole, real, pairs_of = int.__repr__, float.__repr__, dict.items
    owner = getpid()

    class NotPlain(Exception):
        pass

    def encode(value, depth):
        """JSON of a value by exact type: a subclass could answer for itself."""
        kind = kind_of(value)
        if depth > 64:
            raise NotPlain("the observation is nested more than 64 deep")
        if kind is none:
            return "null"
        if kind is boolean:
            return "true" if value is True else "false"
        if kind is integer:
            return whole(value)
        if kind is floating:
            if not finite(value):
                raise NotPlain("the observation holds a number that JSON has no word for: " + real(value))
            return real(value)
        if kind is string:
            return quote(value)
        if kind is array or kind is fixed:
            return "[" + ",".join([encode(item, depth + 1) for item in value]) + "]"
        if kind is mapping:
            pairs = []
            for key, item in pairs_of(value):
                if kind_of(key) is not string:
                    raise NotPlain("the observation has a key that is not text: " + name_of(kind_of(key)))
                pairs.append(quote(key) + ":" + encode(item, depth + 1))
            return "{" + ",".join(pairs) + "}"
        raise NotPlain("the observation holds a " + name_of(kind) + ", which is no plain JSON value")

    def attempt():
        """The record: what was seen, what was raised, or why there is neither."""
        try:
            code = compile(program, "<observe>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as problem:
            return '{"unusable":' + quote("the observing program does not compile: " + str(problem)) + "}"
        try:
            names = {"__name__": "__observe__", "__builtins__": __builtins__}
            exec(code, names)
            function = names.get("observe")
            if function is None:
                return '{"unusable":"the observing program defines no observe"}'
            value = function(given) if passes_given else function()
        except anything as raised:
            return raised_record(raised)
        finally:
            settrace(None)
            setprofile(None)
        try:
            text = encode(value, 0)
        except NotPlain as problem:
            return '{"unusable":' + quote(problem.args[0]) + "}"
        except anything as problem:
            return '{"unusable":' + quote("the observation cannot be written down: " + name_of(kind_of(problem))) + "}"
        return '{"value":' + text + "}"

    def raised_record(raised):
        kind = name_of(kind_of(raised))
        try:
            message = string(raised)
            if kind_of(message) is not string:
                message = ""
        except anything:
            message = ""
        return '{"raised":{"kind":' + quote(kind) + ',"message":' + quote(message[:4000]) + "}}"

    def finish(record):
        # A fork of the candidate's must not speak for the run.
        if getpid() != owner:
            _exit(1)
        if count(record) > limit:
            record = '{"unusable":"the observation is larger than the output limit"}'
        line = (nonce + " " + record + "\n").encode("ascii")
        while line:
            line = line[write(result, line):]
        _exit(0)

    enter()
    write_all(result, b"ready\n")
    finish(attempt())


def run_pytest(header, result):
    import json

    enter()
    posix.dup2(1, 2)
    import pytest

    class Recorder:
        """One line a test, as pytest itself reports it."""

        def __init__(self):
            self.open = {}

        def line(self, record):
            write_all(result, json.dumps(record).encode("ascii") + b"\n")

        @pytest.hookimpl(trylast=True)
        def pytest_collection_modifyitems(self, items):
            self.line({"collected": len(items)})

        def pytest_collectreport(self, report):
            if report.failed:
                self.line({"id": report.nodeid, "outcome": "error", "seconds": 0.0, "message": shorten(report.longreprtext)})

        def pytest_runtest_logreport(self, report):
            test = self.open.setdefault(report.nodeid, {"id": report.nodeid, "outcome": "passed", "seconds": 0.0, "message": ""})
            test["seconds"] += report.duration
            if report.failed and test["outcome"] == "passed":
                test["outcome"] = "failed" if report.when == "call" else "error"
                test["message"] = shorten(report.longreprtext)
            if report.skipped and test["outcome"] == "passed":
                test["outcome"] = "skipped"
                test["message"] = shorten(reason(report))
            if report.when == "teardown":
                self.line(self.open.pop(report.nodeid))

    def reason(report):
        if isinstance(report.longrepr, tuple):
            return report.longrepr[2]
        return getattr(report, "wasxfail", "") or report.longreprtext

    def shorten(text):
        return text if len(text) <= 4000 else text[:4000] + " …"

    write_all(result, b"ready\n")
    raise SystemExit(int(pytest.main(["-p", "no:cacheprovider", *header["argv"]], plugins=[Recorder()])))


main()

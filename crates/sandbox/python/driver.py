# The trusted program inside the sandbox: the first process of its process namespace, and the only thing bubblewrap starts.
#
#   python -s -S -B -P -c <this text> <payload descriptor> <result descriptor> <descriptor to close, or "unwalled">
#
# "unwalled" says that there is no bubblewrap and no namespace around it, because the code is trusted: then it makes a process
# group, which is ended in the namespace's place.
#
# It reads one payload, copies the files in and lets everything of the candidate's happen in a child. It stays behind as
# the keeper: it runs nothing of the candidate's, cannot be looked into, clears away what is orphaned, and ends the whole
# namespace when the child has ended or when the server has closed its end of the payload, which a killed server does too.
# A payload that ends early means that whoever sent it is gone: nothing runs. Until the child begins nothing of the
# candidate's is in the file system, so every import up to that point is the interpreter's own.
import _ctypes
import _signal
import posix
import resource
import select
import site
import sys
from _json import encode_basestring_ascii, make_scanner
from math import isfinite


def main():
    payload, result = map(int, sys.argv[1:3])
    unwalled = sys.argv[3] == "unwalled"
    if unwalled:
        posix.setsid()
    else:
        posix.close(int(sys.argv[3]))
    let_look_into(False)
    # A first process is immune to every signal from inside that it has no handler for.
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    header, body = receive(payload)
    if header is None:
        posix._exit(125)
    try:
        unpack(header["files"], body)
    except OSError as problem:
        give_up(result, problem)
    body = None
    returned, given_back = posix.pipe()
    token = posix.urandom(16).hex()
    child = posix.fork()
    if child:
        posix.close(given_back)
        return keep(child, payload, result, returned, token, header, unwalled)
    for descriptor in (payload, returned):
        posix.close(descriptor)
    return begin(header, result, given_back, token)


def let_look_into(allowed):
    """Whether processes of the same owner may read and write this one's memory and descriptors."""
    prctl = _ctypes.dlsym(_ctypes.dlopen(None, 0), "prctl")
    if _ctypes.call_function(prctl, (4, int(allowed), 0, 0, 0)) != 0:
        posix._exit(125)


def give_up(result, problem):
    write_all(result, b"lost " + str(problem).encode("utf-8", "replace") + b"\n")
    posix._exit(125)


def keep(child, payload, result, returned, token, header, unwalled):
    """Stays until the child has ended, and answers for it."""
    # The mark of the record comes after the fork: it never was in a process of the candidate's.
    observing = header["mode"] == "observe"
    mark = read_exactly(payload, 32) if observing else b""
    if mark is None:
        posix._exit(125)
    limit = header["result_bytes"] + 256 if observing else 0
    header.clear()
    woken, wake = posix.pipe()
    for descriptor in (woken, wake, returned):
        posix.set_blocking(descriptor, False)
    _signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    _signal.signal(_signal.SIGCHLD, lambda number, frame: None)
    watch = select.poll()
    watch.register(payload, 0)
    watch.register(woken, select.POLLIN)
    watch.register(returned, select.POLLIN)
    record = bytearray()
    status = clear_away(child)
    while status is None:
        for descriptor, event in watch.poll():
            if descriptor == payload:
                if unwalled:
                    posix.killpg(0, _signal.SIGKILL)
                posix._exit(125)
            if descriptor == returned and not take_in(returned, record, limit):
                watch.unregister(returned)
            if descriptor == woken:
                take_in(woken, bytearray(), 1 << 20)
        status = clear_away(child)
    take_in(returned, record, limit)
    status = posix.waitstatus_to_exitcode(status)
    if status == 0 and record:
        prefix = token.encode("ascii") + b" "
        if record.startswith(prefix):
            record[:len(token)] = mark
        write_all(result, record)
    posix._exit(status if status >= 0 else 128 - status)


def clear_away(child):
    """Waits for every process that has ended; the status of `child` if it is among them."""
    status = None
    while True:
        try:
            pid, ended = posix.waitpid(-1, posix.WNOHANG)
        except ChildProcessError:
            return status
        if pid == 0:
            return status
        if pid == child:
            status = ended


def take_in(descriptor, kept, limit):
    """Reads what is there, up to one byte more than the limit; whether more may come."""
    while len(kept) <= limit:
        try:
            part = posix.read(descriptor, 1 << 16)
        except BlockingIOError:
            return True
        if not part:
            return False
        kept += part
    return False


def begin(header, result, given_back, token):
    """The child: from here on it is the candidate's."""
    _signal.signal(_signal.SIGINT, _signal.default_int_handler)
    let_look_into(True)
    try:
        lower_limits(header["rlimits"])
    except (OSError, ValueError) as problem:
        give_up(result, problem)
    sys.argv[:] = [header["mode"]]
    sys.modules["__main__"] = type(sys)("__main__")
    if header["mode"] == "run":
        return run(header, result)
    if header["mode"] == "pytest":
        posix.close(given_back)
        return run_pytest(header, result)
    return observe(header, result, given_back, token)


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
        kind = getattr(resource, name)
        most = resource.getrlimit(kind)[1]
        if most != resource.RLIM_INFINITY:
            soft, hard = min(soft, most), min(hard, most)
        resource.setrlimit(kind, (soft, hard))
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
    """Make this process the candidate's: the venv's packages, then the candidate's folder, where it is, first on the path."""
    site.main()
    sys.path.insert(0, posix.getcwd())


def observe(header, result, given_back, token):
    # Everything needed after the candidate's code has run is taken aside now, by exact reference: from then on no name is
    # looked up in a module or among the built-ins, because the candidate's code may have changed those.
    from posix import _exit, getpid, write
    from sys import setprofile, settrace

    quote, finite = encode_basestring_ascii, isfinite
    # What the look needs is handed on and not kept: no frame of ours holds the program's text or the input while it runs.
    program, given = [header["program"]], [header["given"]] if header["passes_given"] else []
    limit = header["result_bytes"]
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
            code = compile(program.pop(), "<observe>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as problem:
            return '{"unusable":' + quote("the observing program does not compile: " + str(problem)) + "}"
        try:
            names = {"__name__": "__observe__", "__builtins__": __builtins__}
            exec(code, names)
            function = names.get("observe")
            if function is None:
                return '{"unusable":"the observing program defines no observe"}'
            value = function(given.pop()) if given else function()
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
        line = (token + " " + record + "\n").encode("ascii")
        while line:
            line = line[write(given_back, line):]
        _exit(0)

    enter()
    write_all(result, b"ready\n")
    posix.close(result)
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

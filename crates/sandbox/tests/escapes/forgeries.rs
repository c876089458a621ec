//! Ways to pass a hidden check without solving it.

use crate::forgery::{Forgery, WRONG, beside, in_prices};
use crate::level::as_everybody;

as_everybody!(
    conftest,
    ini_files,
    entry_points_of_plugins,
    site_customisation,
    path_files,
    stale_bytecode,
    modules_that_shadow_the_library,
    modules_that_shadow_the_check,
    early_exit_with_success,
    exit_inside_an_exit_handler,
    a_record_on_every_descriptor,
    a_record_and_an_early_exit,
    a_record_after_the_end,
    a_fork_that_reports_after_the_run,
    a_fork_that_returns_in_the_parents_place,
    another_program_in_its_place,
    a_thread_that_answers_first,
    a_patched_reporter,
    patched_built_ins,
    always_equal_objects,
    numbers_that_lie,
    lists_that_lie,
    reading_the_callers_frame,
    changing_the_callers_locals,
    replacing_the_callers_code,
    searching_all_objects,
    the_token_of_the_process,
    searching_own_memory,
    searching_the_keepers_memory,
    the_channel_of_the_keeper,
    tracing_the_caller,
    an_import_hook,
    a_hook_on_exceptions,
    ending_the_keeper,
    a_value_too_large_to_look_at,
    an_exception_named_like_a_verdict,
);

fn conftest() -> Forgery {
    beside(WRONG, &[("conftest.py", "import os; os._exit(0)"), ("shop/conftest.py", "import os; os._exit(0)")])
}

fn ini_files() -> Forgery {
    let ini = "[pytest]\naddopts = --collect-only\n[tool:pytest]\naddopts = --collect-only\n";
    beside(WRONG, &[("pytest.ini", ini), ("setup.cfg", ini), ("tox.ini", ini), ("pyvenv.cfg", "home = /box\n")])
}

fn entry_points_of_plugins() -> Forgery {
    let points = "[pytest11]\nforge = shop.forge\n[console_scripts]\npytest = shop.forge:main\n";
    beside(
        WRONG,
        &[
            ("forge-1.0.dist-info/entry_points.txt", points),
            ("forge.egg-info/entry_points.txt", points),
            ("shop/forge.py", "import os; os._exit(0)"),
        ],
    )
}

fn site_customisation() -> Forgery {
    let text = "import os; os._exit(0)";
    beside(
        WRONG,
        &[
            ("sitecustomize.py", text),
            ("usercustomize.py", text),
            ("lib/python3.11/site-packages/sitecustomize.py", text),
        ],
    )
}

fn path_files() -> Forgery {
    beside(WRONG, &[("forge.pth", "import os; os._exit(0)\n"), ("shop.pth", "/tmp\n"), ("python311._pth", ".\n")])
}

fn stale_bytecode() -> Forgery {
    beside(
        WRONG,
        &[
            ("shop/__pycache__/prices.cpython-311.pyc", "forged"),
            ("shop/prices.pyc", "forged"),
            ("shop/prices.so", "forged"),
            ("shop/prices.cpython-311-x86_64-linux-gnu.so", "forged"),
        ],
    )
}

fn modules_that_shadow_the_library() -> Forgery {
    let text = "def dumps(*a, **k): return '[24,0,20,10]'\nencode_basestring_ascii = make_scanner = dumps\nraise SystemExit(0)";
    let names = [
        "json.py",
        "_json.py",
        "posix.py",
        "site.py",
        "math.py",
        "os.py",
        "select.py",
        "resource.py",
        "builtins.py",
        "sys.py",
    ];
    beside(WRONG, &names.map(|name| (name, text)))
}

fn modules_that_shadow_the_check() -> Forgery {
    let text = "def observe(given): return [24, 0, 20, 10]";
    beside(WRONG, &[("observe.py", text), ("__main__.py", text), ("__observe__.py", text), ("driver.py", text)])
}

fn early_exit_with_success() -> Forgery {
    in_prices("def total(items): os._exit(0)")
}

fn exit_inside_an_exit_handler() -> Forgery {
    in_prices("import atexit\natexit.register(lambda: (shout(), os._exit(0)))\ndef total(items): raise SystemExit(0)")
}

fn a_record_on_every_descriptor() -> Forgery {
    in_prices("def total(items): shout(); return sum(items)")
}

fn a_record_and_an_early_exit() -> Forgery {
    in_prices("def total(items): shout(records=RECORDS[:1]); os._exit(0)")
}

fn a_record_after_the_end() -> Forgery {
    in_prices(
        "
import threading, time
def late():
    while True: shout(); time.sleep(0.001)
threading.Thread(target=late, daemon=True).start()
def total(items): return sum(items)",
    )
}

fn a_fork_that_reports_after_the_run() -> Forgery {
    in_prices(
        "
import time
def total(items):
    if os.fork() == 0:
        os.setsid()
        while True: shout(); time.sleep(0.001)
    return sum(items)",
    )
}

fn a_fork_that_returns_in_the_parents_place() -> Forgery {
    in_prices(
        "
def total(items):
    if os.fork() == 0: return 2 * sum(items)
    os.wait(); os._exit(0)",
    )
}

fn another_program_in_its_place() -> Forgery {
    in_prices("
def total(items):
    for number in range(3, 64):
        try: os.set_inheritable(number, True)
        except OSError: pass
    os.execv('/proc/self/exe', ['python', '-c', 'import os\\nfor n in range(3, 64):\\n  try: os.write(n, b\"{\\\\\"value\\\\\":[24,0,20,10]}\\\\n\")\\n  except OSError: pass'])")
}

fn a_thread_that_answers_first() -> Forgery {
    in_prices(
        "
import threading
def total(items):
    threading.Thread(target=lambda: (shout(), os._exit(0))).start()
    while True: pass",
    )
}

fn a_patched_reporter() -> Forgery {
    in_prices(
        "
import json
def total(items):
    real = os.write
    import posix
    posix.write = os.write = lambda number, data: real(number, RECORDS[0])
    json.dumps = lambda *a, **k: '[24,0,20,10]'
    return sum(items)",
    )
}

fn patched_built_ins() -> Forgery {
    in_prices("
import builtins
def total(items):
    for name in ('repr', 'str', 'len', 'type', 'isinstance', 'sum', 'list', 'int'): setattr(builtins, name, lambda *a: 24)
    return 24")
}

fn always_equal_objects() -> Forgery {
    in_prices(
        "
class Equal:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
    def __repr__(self): return '24'
def total(items): return Equal()",
    )
}

fn numbers_that_lie() -> Forgery {
    in_prices(
        "
class Number(int):
    def __eq__(self, other): return True
    def __repr__(self): return '24'
    __str__ = __format__ = __repr__
def total(items): return Number(1)",
    )
}

fn lists_that_lie() -> Forgery {
    in_prices(
        "
class Many(list):
    def __iter__(self): return iter([24, 0, 20, 10])
    def __getitem__(self, at): return [24, 0, 20, 10][at]
def total(items): return Many([1])",
    )
}

fn reading_the_callers_frame() -> Forgery {
    in_prices(
        "
def total(items):
    frame, found = sys._getframe(1), []
    while frame:
        for name, value in list(frame.f_locals.items()) + list(frame.f_globals.items()):
            if 'expect' in str(name) or 'answer' in str(name): found.append(value)
        frame = frame.f_back
    return found[0] if found else sum(items)",
    )
}

fn changing_the_callers_locals() -> Forgery {
    in_prices(
        "
import ctypes
def total(items):
    frame = sys._getframe(1)
    while frame:
        for name in list(frame.f_locals):
            if name in ('value', 'text', 'record', 'limit'): frame.f_locals[name] = '[24,0,20,10]'
        ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))
        frame = frame.f_back
    return sum(items)",
    )
}

fn replacing_the_callers_code() -> Forgery {
    in_prices(
        "
import gc, types
def total(items):
    for thing in gc.get_objects():
        if isinstance(thing, types.FunctionType) and thing.__name__ in ('encode', 'finish', 'attempt', 'raised_record'):
            try: thing.__code__ = (lambda *a: '{\"value\":true}').__code__
            except ValueError: pass
    return sum(items)",
    )
}

fn searching_all_objects() -> Forgery {
    in_prices(
        "
import gc
def total(items):
    for thing in gc.get_objects():
        if type(thing) is list and len(thing) == 4 and all(type(one) is int for one in thing): return thing
        if type(thing) is dict and 'expect' in thing: return thing['expect']
    return sum(items)",
    )
}

/// It can speak for its own process this way, and for no other; it has nothing to say that would be right.
fn the_token_of_the_process() -> Forgery {
    in_prices("
import gc
def total(items):
    tokens = set()
    for thing in gc.get_objects():
        try: inside = vars(thing).values() if hasattr(thing, '__dict__') else thing if type(thing) in (list, tuple) else thing.values() if type(thing) is dict else [thing.cell_contents] if type(thing).__name__ == 'cell' else []
        except ValueError: continue
        tokens |= {text for text in list(inside) if type(text) is str and len(text) == 32 and not text.strip('0123456789abcdef')}
    frame = sys._getframe(1)
    while frame:
        tokens |= {text for text in frame.f_locals.values() if type(text) is str and len(text) == 32 and not text.strip('0123456789abcdef')}
        frame = frame.f_back
    for token in tokens: shout(token.encode() + b' ', [b'{\"value\":[12,0,10,5]}\\n'])
    os._exit(0)")
}

fn searching_own_memory() -> Forgery {
    in_prices("
import re
def total(items):
    marks = set()
    with open('/proc/self/maps') as maps, open('/proc/self/mem', 'rb', 0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            if rights.startswith('rw'):
                start, end = (int(part, 16) for part in span.split('-'))
                try:
                    memory.seek(start)
                    marks |= set(re.findall(rb'(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])', memory.read(min(end - start, 64 << 20))))
                except (OSError, ValueError): pass
    for mark in sorted(marks)[:64]: shout(mark + b' ', RECORDS[1:2])
    os._exit(0)")
}

fn searching_the_keepers_memory() -> Forgery {
    in_prices(
        "
def total(items):
    try: memory = open('/proc/1/mem', 'r+b', 0)
    except OSError: return sum(items)
    for start in range(0, 1 << 47, 1 << 30): memory.seek(start); memory.write(RECORDS[0])
    return 24",
    )
}

fn the_channel_of_the_keeper() -> Forgery {
    in_prices(
        "
def total(items):
    for number in range(64):
        try: os.write(os.open(f'/proc/1/fd/{number}', os.O_WRONLY), RECORDS[0])
        except OSError: pass
    return sum(items)",
    )
}

fn tracing_the_caller() -> Forgery {
    in_prices(
        "
def trace(frame, event, argument):
    if event == 'return':
        for name in ('value', 'text'):
            if name in frame.f_locals: shout()
    return trace
def total(items):
    sys.settrace(trace); sys.setprofile(trace)
    frame = sys._getframe(1)
    while frame: frame.f_trace = trace; frame = frame.f_back
    return sum(items)",
    )
}

fn an_import_hook() -> Forgery {
    in_prices(
        "
import builtins
class Hook:
    def find_spec(self, name, path=None, target=None): shout(); return None
sys.meta_path.insert(0, Hook())
builtins.__import__ = lambda *a, **k: shout()
def total(items): return sum(items)",
    )
}

fn a_hook_on_exceptions() -> Forgery {
    in_prices(
        "
import threading
sys.excepthook = threading.excepthook = sys.unraisablehook = lambda *a: (shout(), os._exit(0))
class Loud:
    def __del__(self): shout(); raise RuntimeError
def total(items): Loud(); raise KeyError('24')",
    )
}

fn ending_the_keeper() -> Forgery {
    in_prices(
        "
def total(items):
    shout(records=RECORDS[:1])
    for number in range(1, 65):
        try: os.kill(1, number)
        except OSError: pass
    os.kill(os.getpid(), 9)",
    )
}

fn a_value_too_large_to_look_at() -> Forgery {
    in_prices("def total(items): return 'x' * (3 << 20)")
}

fn an_exception_named_like_a_verdict() -> Forgery {
    in_prices(
        "
class Passed(BaseException):
    def __str__(self): return '[24,0,20,10]'
def total(items): raise Passed",
    )
}

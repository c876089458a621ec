//! Attacks with processes: being many, staying behind, reaching others.

use sandbox::End;

use crate::attack::{Attack, ends, gains_nothing};
use crate::level::as_everybody;

as_everybody!(
    fork_bomb,
    thread_bomb,
    orphans_without_end,
    double_fork,
    session_of_its_own_deaf_to_signals,
    signals_to_the_keeper,
    signals_to_the_server,
    ptrace_of_the_keeper,
    memory_of_the_keeper,
    descriptors_of_the_keeper,
    own_limits_raised,
    stop_for_ever,
);

fn fork_bomb() -> Attack {
    let bomb = "while True:\n  try: os.fork()\n  except OSError: pass";
    ends(bomb, &[End::WallLimit, End::CpuLimit, End::ProcessLimit]).within(|limits| {
        limits.processes = 16;
        limits.wall = std::time::Duration::from_millis(1500);
    })
}

fn thread_bomb() -> Attack {
    let text = "
import threading, time
made = 0
try:
    while made < 60: threading.Thread(target=time.sleep, args=(600,), daemon=True).start(); made += 1
except RuntimeError: pass
gain(made if made > 15 else 0)
close()
os._exit(0)";
    ends(text, &[End::Exited(0), End::ProcessLimit]).within(|limits| limits.processes = 16)
}

fn orphans_without_end() -> Attack {
    // The remains of each must be cleared away, or they would use the limit up.
    let text = "
import time
for _ in range(60):
    if os.fork() == 0:
        if os.fork() == 0: os._exit(0)
        os._exit(0)
    os.wait()
    time.sleep(0.005)";
    gains_nothing(text).within(|limits| limits.processes = 12)
}

fn double_fork() -> Attack {
    gains_nothing(
        "
import time
if os.fork() == 0:
    if os.fork() == 0:
        for n in (0, 1, 2): os.close(n)
        time.sleep(600)
    os._exit(0)
os.wait()",
    )
}

fn session_of_its_own_deaf_to_signals() -> Attack {
    gains_nothing(
        "
import signal, time
if os.fork() == 0:
    os.setsid()
    for number in range(1, 65):
        try: signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError): pass
    time.sleep(600)",
    )
}

fn signals_to_the_keeper() -> Attack {
    gains_nothing(
        "
import signal
for number in range(1, 65): attempt(os.kill, 1, number)
gain('' if os.getppid() == 1 else 'an orphan')",
    )
}

fn signals_to_the_server() -> Attack {
    gains_nothing(
        "
server = int(os.environ['SERVER'])
here = {int(name) for name in os.listdir('/proc') if name.isdigit()}
if server not in here: refused(os.kill, server, 0)
refused(os.killpg, server, 0) if server > 2 else None
gain(sorted(pid for pid in here if pid > 2))",
    )
}

fn ptrace_of_the_keeper() -> Attack {
    gains_nothing("for request in (0, 2, 16, 0x4206): refused_call(101, request, 1, 0, 0)")
}

fn memory_of_the_keeper() -> Attack {
    gains_nothing("
for flags in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR): refused(os.open, '/proc/1/mem', flags)
for name in ('maps', 'smaps', 'environ', 'auxv', 'stack', 'syscall', 'pagemap', 'io'): refused(lambda p: open(p, 'rb').read(9), '/proc/1/' + name)
buffer = ctypes.create_string_buffer(64)
for number in (310, 311): refused_call(number, 1, ctypes.addressof(buffer), 1, ctypes.addressof(buffer), 1, 0)")
}

fn descriptors_of_the_keeper() -> Attack {
    gains_nothing(
        "
for number in range(64):
    refused(os.readlink, f'/proc/1/fd/{number}')
    for flags in (os.O_RDONLY, os.O_WRONLY): refused(os.open, f'/proc/1/fd/{number}', flags)
pidfd = os.pidfd_open(1)
for number in range(16): refused_call(438, pidfd, number, 0)",
    )
}

fn own_limits_raised() -> Attack {
    gains_nothing(
        "
import resource
for name in ('CPU', 'FSIZE', 'NOFILE', 'CORE', 'MEMLOCK', 'MSGQUEUE'):
    kind = getattr(resource, 'RLIMIT_' + name)
    hard = resource.getrlimit(kind)[1]
    gain(name if hard == resource.RLIM_INFINITY else '')
    try: resource.setrlimit(kind, (hard + 1, hard + 1)); gain('raised ' + name)
    except (OSError, ValueError): pass",
    )
}

fn stop_for_ever() -> Attack {
    ends("import signal; os.kill(os.getpid(), signal.SIGSTOP)", &[End::WallLimit])
        .within(|limits| limits.wall = std::time::Duration::from_millis(500))
}

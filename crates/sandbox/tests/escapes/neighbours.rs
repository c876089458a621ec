//! Attacks through what is handed in and out, and on other runs.

use crate::attack::{Attack, gains_nothing};
use crate::level::as_everybody;

as_everybody!(
    links_out_of_the_checkout,
    links_that_the_next_run_follows,
    poison_for_the_next_interpreter,
    poison_in_memory_for_the_next_run,
    a_message_for_the_next_run,
    two_runs_at_their_limits,
    two_runs_over_loopback,
    two_runs_over_hidden_names,
    two_runs_over_files,
    two_runs_over_signals,
);

fn links_out_of_the_checkout() -> Attack {
    gains_nothing(
        "
os.symlink(os.environ['CANARY'], 'link'); refused(open, 'link')
os.symlink('/proc/1/root' + os.environ['CANARY'], 'through'); refused(open, 'through')
for path in ('/etc/passwd', os.__file__, sys.executable): refused(os.link, path, 'hard')
refused(os.rename, '/etc', '/box/etc')",
    )
}

fn links_that_the_next_run_follows() -> Attack {
    gains_nothing(
        "
os.unlink('data.txt'); os.symlink('/etc/passwd', 'data.txt')
os.symlink('/etc', '/tmp/folder'); os.symlink('/etc', '/box/folder')",
    )
    .with(&[("data.txt", "mine")])
    .then(
        "
gain('' if open('data.txt').read() == 'mine' and not os.path.islink('data.txt') else 'a link')
gain([place for place in ('/tmp/folder', '/box/folder') if os.path.lexists(place)])",
    )
}

fn poison_for_the_next_interpreter() -> Attack {
    gains_nothing(
        "
import site
text = 'import os; os.write(1, b\"poisoned\")\\n'
places = site.getsitepackages() + [site.getusersitepackages(), '/tmp', '/box', os.path.dirname(os.__file__)]
for place in places:
    try: os.makedirs(place, exist_ok=True)
    except OSError: continue
    for name in ('sitecustomize.py', 'usercustomize.py', 'poison.pth', 'os.py', 'socket.py', 'ctypes.py'):
        try: open(place + '/' + name, 'w').write(text)
        except OSError: continue
        gain(place if place not in ('/box', '/tmp') and not place.startswith('/tmp/') else '')
for name in ('.bashrc', '.profile', '.pythonrc.py', 'pyvenv.cfg'): open('/tmp/' + name, 'w').write(text)",
    )
    .then("gain([name for place in ('/tmp', '/box') for name in left_in(place)])")
}

fn poison_in_memory_for_the_next_run() -> Attack {
    gains_nothing(
        "
os.environ['PYTHONSTARTUP'] = os.environ['LD_PRELOAD'] = '/tmp/x'; os.putenv('PYTHONPATH', '/tmp')
os.umask(0); os.chdir('/tmp'); os.nice(5)
open('/dev/shm/poison', 'w').write('x')",
    )
    .then(
        "
gain([name for name in ('PYTHONSTARTUP', 'LD_PRELOAD', 'PYTHONPATH') if name in os.environ])
gain('' if os.umask(0o22) == 0o22 and os.getcwd() == '/box' and os.nice(0) == 0 else 'settings')
gain(os.listdir('/dev/shm'))",
    )
}

fn a_message_for_the_next_run() -> Attack {
    gains_nothing("for place in ('/box', '/tmp', '/dev/shm'): open(place + '/message', 'w').write('secret')")
        .then("gain([place for place in ('/box', '/tmp', '/dev/shm') if left_in(place)])")
}

/// What one run may have is not taken from another.
fn two_runs_at_their_limits() -> Attack {
    let text = "
import time
made = 1
while made < 40:
    try:
        if os.fork() == 0: time.sleep(600)
    except OSError: gain(('only', made)); break
    made += 1
time.sleep(1)";
    gains_nothing(text).beside(text).within(|limits| limits.processes = 40)
}

fn two_runs_over_loopback() -> Attack {
    gains_nothing(
        "
import time
server = socket.create_server(('127.0.0.1', 7777)); server.settimeout(1.2)
other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); other.bind(('127.0.0.1', 7778)); other.settimeout(0.2)
try: server.accept(); gain('met')
except TimeoutError: pass
try: other.recv(9); gain('heard')
except TimeoutError: pass",
    )
    .beside(
        "
import time
end = time.monotonic() + 0.8
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while time.monotonic() < end:
    refused(lambda: socket.create_connection(('127.0.0.1', 7777), 1).close())
    attempt(s.sendto, b'x', ('127.0.0.1', 7778))
    time.sleep(0.02)",
    )
}

fn two_runs_over_hidden_names() -> Attack {
    gains_nothing(
        "
s = socket.socket(socket.AF_UNIX); s.bind('\\0meet'); s.listen(); s.settimeout(1)
try: s.accept(); gain('met')
except TimeoutError: pass",
    )
    .beside(
        "
import time
end = time.monotonic() + 0.7
while time.monotonic() < end:
    refused(socket.socket(socket.AF_UNIX).connect, '\\0meet')
    time.sleep(0.02)",
    )
}

fn two_runs_over_files() -> Attack {
    let text = "
import time
for place in ('/box', '/tmp', '/dev/shm'): open(place + '/meet-%d' % NUMBER, 'w').write('secret')
end = time.monotonic() + 0.7
while time.monotonic() < end:
    gain([place for place in ('/box', '/tmp', '/dev/shm') if len(left_in(place)) > 1])
    time.sleep(0.02)";
    gains_nothing(&text.replace("NUMBER", "1")).beside(&text.replace("NUMBER", "2"))
}

fn two_runs_over_signals() -> Attack {
    let text = "
import signal, time
heard = []
signal.signal(signal.SIGUSR1, lambda *_: heard.append(1))
end = time.monotonic() + 0.6
while time.monotonic() < end:
    for pid in range(3, 400): attempt(os.kill, pid, signal.SIGUSR1)
    time.sleep(0.02)
gain(heard)";
    gains_nothing(text).beside(text)
}

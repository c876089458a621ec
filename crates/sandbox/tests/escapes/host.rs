//! Attacks on what is the host's: its files, its environment, its network.

use crate::attack::{Attack, gains_nothing};
use crate::level::as_everybody;

as_everybody!(
    file_of_the_host,
    search_of_everything_that_can_be_read,
    roots_of_other_processes,
    devices,
    files_to_write_outside,
    environment_of_the_server,
    descriptors_of_the_server,
    settings_of_the_kernel,
    secrets_in_proc,
    listener_of_the_host,
    datagrams_to_the_host,
    sockets_with_a_name,
    sockets_of_every_family,
    the_world,
);

fn file_of_the_host() -> Attack {
    gains_nothing(
        "for path in (os.environ['CANARY'], '/etc/shadow', '/boot', '/sys/kernel', '/run', '/var/log'): refused(os.stat, path)",
    )
}

fn search_of_everything_that_can_be_read() -> Attack {
    gains_nothing(
        "
word = (os.environ['FIRST'] + os.environ['SECOND']).encode()
for root, folders, names in os.walk('/'):
    folders[:] = [name for name in folders if root + name not in ('/usr', '/proc', '/lib', '/lib64', '/root', '/opt')]
    for name in names:
        path = root + '/' + name
        try: size = os.stat(path).st_size
        except OSError: continue
        if os.path.isfile(path) and size < 1 << 16 and word in open(path, 'rb').read(): gain(path)",
    )
}

fn roots_of_other_processes() -> Attack {
    gains_nothing(
        "
for name in ('root', 'cwd', 'exe', 'ns/net'): refused(os.readlink, '/proc/1/' + name)
refused(os.stat, '/proc/self/root' + os.environ['CANARY'])
refused(os.stat, '/proc/self/cwd/../../..' + os.environ['CANARY'])
refused(os.chroot, '/tmp')",
    )
}

fn devices() -> Attack {
    gains_nothing("
import stat
for path in ('/dev/mem', '/dev/kmsg', '/dev/sda', '/dev/vda', '/dev/tty', '/dev/ptmx', '/dev/fuse', '/dev/kvm', '/dev/net/tun'): refused(os.open, path, os.O_RDONLY)
for kind in (stat.S_IFCHR, stat.S_IFBLK): refused(os.mknod, '/tmp/device', kind | 0o666, os.makedev(1, 1))")
}

fn files_to_write_outside() -> Attack {
    gains_nothing("
import json
for place in ('/', '/etc', '/usr', '/usr/lib', '/dev', '/proc', sys.prefix, sys.base_prefix, os.path.dirname(os.__file__)):
    refused(os.open, place + '/escape', os.O_CREAT | os.O_WRONLY)
    refused(os.mkdir, place + '/escape')
for path in ('/etc/passwd', os.__file__, json.__file__, sys.executable): refused(os.open, path, os.O_WRONLY); refused(os.unlink, path)")
}

fn environment_of_the_server() -> Attack {
    gains_nothing("
known = 'PATH HOME TMPDIR USER LOGNAME LANG TZ PYTHONDONTWRITEBYTECODE PYTHONHASHSEED PWD LC_CTYPE FIRST SECOND CANARY HIDDEN PORT DATAGRAMS SERVER'.split()
gain([name for name in os.environ if name not in known])
refused(lambda: open('/proc/1/environ').read())
gain([entry for entry in open('/proc/self/environ').read().split('\\0') if entry and entry.split('=')[0] not in known])")
}

fn descriptors_of_the_server() -> Attack {
    gains_nothing(
        "
for name in os.listdir('/proc/self/fd'):
    try: target = os.readlink('/proc/self/fd/' + name)
    except OSError: continue
    gain((name, target) if not target.startswith('pipe:') and '/proc/' not in target else '')",
    )
}

fn settings_of_the_kernel() -> Attack {
    gains_nothing("
for folder, _, names in os.walk('/proc/sys'):
    for name in names: refused(os.open, folder + '/' + name, os.O_WRONLY)
for path in ('/proc/sysrq-trigger', '/proc/self/oom_score_adj', '/proc/1/oom_score_adj', '/proc/self/uid_map', '/proc/self/setgroups'): refused(os.open, path, os.O_WRONLY)")
}

fn secrets_in_proc() -> Attack {
    gains_nothing("
for name in ('cmdline', 'keys', 'kcore', 'kpageflags', 'kpagecount', 'slabinfo', 'timer_list', 'vmallocinfo'):
    try: gain(open('/proc/' + name, 'rb').read(20) and name)
    except OSError: pass
gain(any(int(line.split()[0], 16) for line in open('/proc/kallsyms').readlines()[:50]) if os.path.exists('/proc/kallsyms') and os.access('/proc/kallsyms', os.R_OK) else '')")
}

fn listener_of_the_host() -> Attack {
    gains_nothing(
        "for host in ('127.0.0.1', '::1', 'localhost', '0.0.0.0', '127.1.2.3'): refused(lambda: socket.create_connection((host, int(os.environ['PORT'])), 1).close())",
    )
}

fn datagrams_to_the_host() -> Attack {
    gains_nothing(
        "
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(('127.0.0.1', int(os.environ['DATAGRAMS'])))
s.settimeout(1)
attempt(s.send, b'x')
refused(s.send, b'x')",
    )
}

fn sockets_with_a_name() -> Attack {
    gains_nothing("
s = socket.socket(socket.AF_UNIX)
refused(s.connect, '\\0' + os.environ['HIDDEN'])
refused(s.connect, os.path.dirname(os.environ['CANARY']) + '/socket')
for path in ('/run/docker.sock', '/var/run/docker.sock', '/run/dbus/system_bus_socket', '/run/systemd/private'): refused(s.connect, path)")
}

fn sockets_of_every_family() -> Attack {
    gains_nothing(
        "
for family in range(64):
    for kind in (1, 2, 3, 5, 10):
        for number in (41, 53):
            if family not in (1, 2, 10): refused_call(number, family, kind, 0)
for protocol in (132, 136, 255, 262): refused_call(41, 2, 1, protocol); refused_call(41, 2, 3, protocol)",
    )
}

fn the_world() -> Attack {
    gains_nothing("
for address in ('192.0.2.1', '10.0.0.1', '169.254.169.254', '8.8.8.8', '2001:db8::1'): refused(lambda: socket.create_connection((address, 80), 1).close())
try: gain(socket.getaddrinfo('example.com', 80))
except OSError: pass
gain([name for _, name in socket.if_nameindex()] if attempt(socket.if_nameindex)[0] == '[' and len(socket.if_nameindex()) > 1 else '')")
}

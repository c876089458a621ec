//! Ways out, each of which must be closed.

use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use crate::support::{config, limits, printed, program, sandbox};
use sandbox::{End, Job, Sandbox};

/// What the attacks below have in common.
pub(crate) const TOOLS: &str = r"
import ctypes, errno, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
    return errno.errorcode.get(ctypes.get_errno(), 'no error') if result == -1 else 'allowed'
def attempt(action, *arguments):
    try:
        return repr(action(*arguments))
    except OSError as problem:
        return errno.errorcode[problem.errno]
";

async fn attack(text: &str) -> String {
    printed(&format!("{TOOLS}\n{text}")).await
}

#[tokio::test]
async fn no_file_of_the_host_can_be_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let canary = folder.path().join("canary");
    std::fs::write(&canary, "secret").expect("a canary");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    for path in [canary.to_str().expect("a path"), source, "/etc/shadow", "/etc/ssl", "/sys/kernel", "/var", "/home"] {
        let text = format!("print(attempt(os.stat, {path:?}))");
        assert_eq!(attack(&text).await, "ENOENT", "{path}");
    }
}

#[tokio::test]
async fn the_root_holds_only_what_an_interpreter_needs() {
    let seen =
        attack("print(*sorted(os.listdir('/')), '|', *sorted(os.listdir('/etc')), '|', *sorted(os.listdir('/dev')))")
            .await;
    let (root, rest) = seen.split_once(" | ").expect("three lists");
    let known = ["box", "dev", "etc", "lib", "lib64", "proc", "tmp", "usr"];
    let python = config().python;
    let own = |name: &str| {
        [python.to_str(), python.canonicalize().ok().as_deref().and_then(|p| p.to_str())]
            .iter()
            .flatten()
            .any(|path| path.starts_with(&format!("/{name}/")))
    };
    for name in root.split(' ') {
        assert!(known.contains(&name) || own(name) || name == "root" || name == "opt", "{seen}");
    }
    assert_eq!(rest, "group hosts nsswitch.conf passwd | fd null random shm stderr stdin stdout urandom zero");
}

#[tokio::test]
async fn the_environment_of_the_server_cannot_be_read() {
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some(), "the tests' own environment holds something to find");
    let seen = attack("print(sorted(os.environ), open('/proc/self/environ').read())").await;
    for name in ["CARGO", "RUST", "PWD=/w", "USER=root", "SSH", "TERM"] {
        assert!(!seen.contains(name), "{name}: {seen}");
    }
}

#[tokio::test]
async fn descriptors_of_the_server_are_closed() {
    let file = std::fs::File::open("/etc/hostname").or_else(|_| std::fs::File::open("/etc/passwd")).expect("a file");
    // Without close-on-exec, as a library of the server might leave it.
    let leak = rustix::io::dup(&file).expect("a descriptor");
    let seen = attack("print(sorted(int(n) for n in os.listdir('/proc/self/fd')), [os.readlink(f'/proc/self/fd/{n}')[:5] for n in range(3)])").await;
    drop(leak);
    assert_eq!(seen, "[0, 1, 2, 3] ['pipe:', 'pipe:', 'pipe:']");
}

#[tokio::test]
async fn the_keeper_cannot_be_looked_into_or_ended() {
    // The first process of the namespace has the same owner and holds what marks an observation.
    let text = r"
places = '/proc/1/environ', '/proc/1/mem', '/proc/1/maps', '/proc/1/syscall', '/proc/1/auxv'
refused = {'EACCES', 'EPERM'}
print({attempt(lambda p: open(p, 'rb').read(9), place) for place in places} - refused)
print({attempt(os.readlink, '/proc/1/' + name) for name in ['exe', 'root', 'cwd'] + [f'fd/{n}' for n in range(64)]} - refused - {'ENOENT'})
print({attempt(os.open, f'/proc/1/fd/{n}', os.O_RDWR) for n in range(64)} - refused - {'ENOENT'})
print({attempt(os.kill, 1, number) for number in range(1, 65)}, os.getppid())
";
    assert_eq!(attack(text).await, "set()\nset()\nset()\n{'None'} 1");
}

#[tokio::test]
async fn a_listener_on_the_hosts_loopback_cannot_be_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = listener.local_addr().expect("an address").port();
    let text = format!("print(attempt(socket.create_connection, ('127.0.0.1', {port}), 2))");
    assert_eq!(attack(&text).await, "ECONNREFUSED");
}

#[tokio::test]
async fn the_runs_own_loopback_works_and_there_is_no_other_network() {
    let text = r"
with socket.create_server(('localhost', 0)) as server:
    client = socket.create_connection(server.getsockname(), 2)
    other, _ = server.accept()
    client.sendall(b'hello')
    print(other.recv(5).decode(), [name for _, name in socket.if_nameindex()] if False else open('/proc/net/dev').read().count(':'))
for address in ('192.0.2.1', '10.0.0.1', '169.254.169.254'):
    print(attempt(socket.create_connection, (address, 80), 2))
";
    assert_eq!(attack(text).await, "hello 1\nENETUNREACH\nENETUNREACH\nENETUNREACH");
}

#[tokio::test]
async fn an_abstract_socket_of_the_host_cannot_be_reached() {
    let name = format!("sandbox-test-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).expect("an address");
    let _listener = UnixListener::bind_addr(&address).expect("a listener");
    let text = format!("s = socket.socket(socket.AF_UNIX)\nprint(attempt(s.connect, '\\0{name}'))");
    assert_eq!(attack(&text).await, "ECONNREFUSED");
}

#[tokio::test]
async fn only_unix_and_internet_sockets_can_be_made() {
    let text = r"
made = set()
for family in range(64):
    for kind in (1, 2, 3, 5):
        if call(41, family, kind, 0) == 'allowed': made.add(family)
        if call(53, family, kind, 0) == 'allowed': made.add(family)
print(sorted(made), call(41, 40, 1, 0), call(41, 16, 3, 0), call(41, 17, 3, 0), call(41, 2, 1, 132))
";
    assert_eq!(attack(text).await, "[1, 2, 10] EPERM EPERM EPERM EPERM");
}

#[tokio::test]
async fn no_namespace_can_be_made_or_entered() {
    let text = r"
flags = [0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000]
print({call(272, flag) for flag in flags}, {call(56, flag | 17, 0, 0, 0, 0) for flag in flags})
print(call(308, os.open('/proc/self/ns/net', os.O_RDONLY), 0), call(435, 0, 88))
";
    assert_eq!(attack(text).await, "{'EPERM'} {'EPERM'}\nEPERM ENOSYS");
}

#[tokio::test]
async fn machinery_of_the_kernel_is_out_of_reach() {
    let text = r"
calls = dict(mount=165, umount=166, pivot_root=155, chroot=161, ptrace=101, process_vm_readv=310, process_vm_writev=311,
    keyctl=250, add_key=248, request_key=249, bpf=321, io_uring_setup=425, io_uring_enter=426, userfaultfd=323,
    perf_event_open=298, kexec_load=246, init_module=175, finit_module=313, open_by_handle_at=304, fsopen=430,
    open_tree=428, move_mount=429, pidfd_getfd=438, kcmp=312, swapon=167, reboot=169, iopl=172, modify_ldt=154,
    seccomp=317, fanotify_init=300, syslog=103, sethostname=170, clock_settime=227, shmget=29, msgget=68, semget=64,
    mq_open=240, vmsplice=278, acct=163, quotactl=179)
allowed = {name: call(number, 0, 0, 0, 0, 0) for name, number in calls.items()}
print({name: answer for name, answer in allowed.items() if answer != 'EPERM'}, call(135, 8), call(135, 0xffffffff))
print(call(319, 0, 0), call(447, 0), call(16, 0, 0x5412, 0), call(16, 0, 0x541c, 0))
";
    assert_eq!(attack(text).await, "{} EPERM allowed\nENOSYS ENOSYS EPERM EPERM");
}

#[tokio::test]
async fn the_x32_table_is_closed() {
    let text = "print({call(0x40000000 + number) for number in (1, 39, 56, 101, 272, 512, 520, 540)})";
    assert_eq!(attack(text).await, "{'EPERM'}");
}

#[tokio::test]
async fn the_first_process_is_filtered_like_the_candidates() {
    // It has the same owner, so its memory could be written and its rights taken over: there must be none to take.
    let text = r"
for pid in ('1', 'self'):
    fields = dict(line.split(':', 1) for line in open(f'/proc/{pid}/status'))
    print(*(fields[name].strip() for name in ('Seccomp', 'Seccomp_filters', 'NoNewPrivs', 'CapEff', 'CapPrm', 'CapBnd', 'CapAmb')))
";
    let none = "0000000000000000";
    let line = format!("2 2 1 {none} {none} {none} {none}");
    assert_eq!(attack(text).await, format!("{line}\n{line}"));
}

#[tokio::test]
async fn nothing_outside_the_work_directory_can_be_written() {
    let text = r"
import json, sys
places = '/', '/etc', '/usr', '/usr/lib', '/dev', sys.base_prefix, sys.prefix, os.path.dirname(os.__file__)
print({attempt(os.open, place + '/escape', os.O_CREAT | os.O_WRONLY) for place in places})
print({attempt(os.open, path, os.O_WRONLY) for path in ('/etc/passwd', os.__file__, json.__file__)} - {'EACCES'})
print({attempt(os.mkdir, place + '/escape') for place in ('/', '/etc', '/dev')}, attempt(os.rename, '/etc', '/other'))
";
    assert_eq!(attack(text).await, "{'EROFS'}\n{'EROFS'}\n{'EROFS'} EROFS");
}

#[tokio::test]
async fn no_setting_of_the_kernel_can_be_changed() {
    let text = r"
opened = []
for folder, _, names in os.walk('/proc/sys'):
    opened += [folder + '/' + name for name in names if attempt(os.open, folder + '/' + name, os.O_WRONLY).isdigit()]
paths = '/proc/sysrq-trigger', '/proc/irq', '/proc/self/oom_score_adj', '/proc/1/oom_score_adj', '/proc/self/uid_map'
print(opened, [path for path in paths if attempt(os.open, path, os.O_WRONLY).isdigit()])
";
    assert_eq!(attack(text).await, "[] []");
}

#[tokio::test]
async fn processes_of_the_host_are_not_seen_and_cannot_be_signalled() {
    let own = std::process::id();
    let text = format!(
        "print(sorted(int(n) for n in os.listdir('/proc') if n.isdigit()), attempt(os.kill, {own}, 0) if {own} > 9 else 'ESRCH')"
    );
    assert_eq!(attack(&text).await, "[1, 2] ESRCH");
}

#[tokio::test]
async fn no_privilege_can_be_gained() {
    let text = r"
print(os.getuid(), os.getgid(), os.getgroups() in ([], [65534], [1000]), attempt(os.setuid, 0), attempt(os.setgroups, [0]), attempt(os.chown, '/box', 0, 0), attempt(os.mknod, '/box/x', 0o20644, os.makedev(1, 1)))
";
    assert_eq!(attack(text).await, "1000 1000 True EINVAL EPERM EINVAL EPERM");
}

#[tokio::test]
async fn host_details_in_proc_are_masked() {
    let text = r"
paths = '/proc/cmdline', '/proc/keys', '/proc/kpageflags', '/proc/kcore', '/proc/slabinfo', '/proc/timer_list'
print({attempt(lambda p: open(p, 'rb').read(20), path) for path in paths} - {'EACCES', 'ENOENT', repr(b'')})
";
    assert_eq!(attack(text).await, "set()");
}

#[tokio::test]
async fn two_runs_at_one_time_cannot_exchange_data() {
    let own = Sandbox::start(sandbox::Config { concurrency: 2, ..config() }).await;
    let speak = r"
import time
server = socket.create_server(('127.0.0.1', 7777)); server.setblocking(False)
hidden = socket.socket(socket.AF_UNIX); hidden.bind('\0meet'); hidden.listen(); hidden.setblocking(False)
for folder in ('/box', '/tmp', '/dev/shm'): open(folder + '/meet', 'w').write('secret')
end = time.monotonic() + 1.2
while time.monotonic() < end:
    for place in (server, hidden):
        if attempt(place.accept) != 'EAGAIN': print('met')
    time.sleep(0.01)
print('alone')
";
    let listen = r"
import time
end = time.monotonic() + 0.8
while time.monotonic() < end:
    if attempt(socket.create_connection, ('127.0.0.1', 7777)) != 'ECONNREFUSED': print('met')
    s = socket.socket(socket.AF_UNIX)
    if attempt(s.connect, '\0meet') != 'ECONNREFUSED': print('met')
    s.close()
    for folder in ('/box', '/tmp', '/dev/shm'):
        if os.path.exists(folder + '/meet'): print('met')
    time.sleep(0.01)
print('alone')
";
    let job = |text: &str| program(&format!("{TOOLS}\n{text}"));
    let (first, second) = tokio::join!(own.run(job(speak)), own.run(job(listen)));
    for outcome in [first, second] {
        let outcome = outcome.expect("a run");
        assert_eq!(String::from_utf8_lossy(&outcome.stdout), "alone\n", "{}", String::from_utf8_lossy(&outcome.stderr));
    }
}

#[tokio::test]
async fn the_next_run_finds_nothing_of_the_last() {
    let text = r"
print([folder for folder in ('/box', '/tmp', '/dev/shm') if 'left' in os.listdir(folder)])
for folder in ('/box', '/tmp', '/dev/shm'): open(folder + '/left', 'w').write('secret')
";
    for _ in 0..4 {
        assert_eq!(attack(text).await, "[]");
    }
}

#[tokio::test]
async fn a_file_that_could_leave_the_work_directory_does_not_go_in() {
    for path in ["/etc/passwd", "../escape", "a/../../escape", "a\0b"] {
        let job = Job { files: vec![(path.to_owned(), Vec::new())], ..program("pass") };
        let error = sandbox().await.run(job).await.expect_err(path);
        assert!(error.to_string().contains("cannot be copied in"), "{error}");
    }
}

#[tokio::test]
async fn a_machine_without_the_means_refuses_runs_and_names_the_remedy() {
    let nowhere = std::path::PathBuf::from("/nowhere/of/this/name");
    let without = [
        sandbox::Config { bwrap: Some(nowhere.clone()), ..config() },
        sandbox::Config { python: nowhere, ..config() },
        sandbox::Config { bwrap: Some("/bin/true".into()), ..config() },
    ];
    for config in without {
        let refusing = Sandbox::start(config).await;
        let refusal = refusing.isolation().refusal.clone().expect("a refusal");
        assert!(!refusal.cause.is_empty() && !refusal.remedy.is_empty(), "{refusal:?}");
        assert_eq!(refusing.isolation().level, sandbox::Level::None);
        let error = refusing.run(program("print(1)")).await.expect_err("no run");
        assert!(matches!(error, sandbox::Error::Refused { .. }), "{error}");
        assert!(refusing.observe(Vec::new(), "def observe(): return 1", None, &limits()).await.is_err());
        assert!(refusing.pytest(Vec::new(), &[], &limits()).await.is_err());
    }
}

#[tokio::test]
async fn the_isolation_says_what_enforces_each_limit_and_what_was_tried() {
    let sandbox = sandbox().await;
    let isolation = sandbox.isolation();
    assert!(isolation.means.contains("bubblewrap") && isolation.means.contains("seccomp"), "{}", isolation.means);
    for limit in ["network", "memory", "processes", "cpu", "wall", "output", "work directory"] {
        assert!(isolation.limits.iter().any(|enforced| enforced.limit == limit && !enforced.by.is_empty()), "{limit}");
    }
    assert!(isolation.attacks_repelled.len() >= 15, "{:?}", isolation.attacks_repelled);
    assert_eq!(printed("print('runs')").await, "runs");
    assert_eq!(sandbox.run(program("raise SystemExit(4)")).await.expect("a run").end, End::Exited(4));
}

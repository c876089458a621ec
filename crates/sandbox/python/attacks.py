# What the sandbox tries on itself at start-up. Each attack answers with what it gained; an empty text is a failed attack.
import ctypes
import errno
import json
import os
import socket

libc = ctypes.CDLL(None, use_errno=True)


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read(200).decode("utf-8", "replace")
    except OSError:
        return ""


def canary():
    return read(os.environ["CANARY"])


def environment():
    known = "PATH HOME TMPDIR USER LOGNAME LANG TZ PYTHONDONTWRITEBYTECODE PYTHONHASHSEED CANARY PORT PWD LC_CTYPE".split()
    return " ".join(name for name in os.environ if name not in known)


def launcher_environment():
    return read("/proc/1/environ").replace("\0", " ").replace("PWD=/ ", "").strip()


def descriptors():
    kept = []
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2:
            try:
                kept.append(os.readlink("/proc/self/fd/" + name))
            except OSError:
                pass
    return " ".join(kept)


def host_loopback():
    try:
        socket.create_connection(("127.0.0.1", int(os.environ["PORT"])), timeout=1).close()
    except OSError:
        return ""
    return "connected"


def own_loopback():
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname(), timeout=1).close()
    except OSError as problem:
        return "the run's own loopback does not work: " + str(problem)
    return ""


def made(family):
    def attempt():
        try:
            socket.socket(family, socket.SOCK_DGRAM).close()
        except OSError:
            return ""
        return "made"

    return attempt


def written(*places):
    def attempt():
        gained = []
        for place in places:
            try:
                with open(place + "/escape", "w") as file:
                    file.write("x")
                gained.append(place)
            except OSError:
                pass
        return " ".join(gained)

    return attempt


def opened(*paths):
    """Opening alone is a success; nothing is written, in case it is one."""

    def attempt():
        gained = []
        for path in paths:
            try:
                os.close(os.open(path, os.O_WRONLY))
                gained.append(path)
            except OSError:
                pass
        return " ".join(gained)

    return attempt


def called(*numbers):
    """Calls that must be refused, with arguments that harm nothing if they are not."""

    def attempt():
        gained = []
        for number, *arguments in numbers:
            ctypes.set_errno(0)
            if libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments)) >= 0:
                gained.append(str(number))
        return " ".join(gained)

    return attempt


def namespaces():
    new_user = 0x10000000
    if libc.unshare(new_user) == 0:
        return "a user namespace"
    return ""


def x32():
    if os.uname().machine != "x86_64":
        return ""
    ctypes.set_errno(0)
    libc.syscall(ctypes.c_long(0x40000000 + 39))
    return "" if ctypes.get_errno() == errno.EPERM else "the filter lets x32 calls pass"


def privileges():
    lines = dict(line.split(":\t", 1) for line in read_all("/proc/self/status").splitlines() if ":\t" in line)
    gained = [name + "=" + lines[name] for name in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb") if int(lines[name], 16)]
    if lines["NoNewPrivs"] != "1":
        gained.append("new privileges")
    return " ".join(gained)


def read_all(path):
    with open(path) as file:
        return file.read()


def other_processes():
    return " ".join(name for name in os.listdir("/proc") if name.isdigit() and int(name) > 16)


ATTACKS = {
    "read a file of the host": canary,
    "read the server's environment": environment,
    "read the launcher's environment": launcher_environment,
    "use descriptors of the server": descriptors,
    "reach a listener of the host": host_loopback,
    "be kept from one's own loopback": own_loopback,
    "make a netlink socket": made(16),
    "make a packet socket": made(17),
    "make a vsock socket": made(40),
    "write outside the work directory": written("", "/etc", "/dev", "/usr/lib", "/proc/sys/kernel", os.path.dirname(os.__file__)),
    "change the kernel's settings": opened(
        "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/vm/overcommit_memory", "/proc/sysrq-trigger"
    ),
    "write to the interpreter": opened(os.__file__, json.__file__, "/etc/passwd"),
    "make a namespace": namespaces,
    "call the kernel's x32 table": x32,
    "keep or gain privileges": privileges,
    "see processes of the host": other_processes,
}
if os.uname().machine == "x86_64":
    ATTACKS["use kernel machinery"] = called((250, 0, 0), (321, 0, 0, 0), (425, 1, 0), (101, 0, 0, 0, 0), (323, 0), (319, 0, 0))

print(json.dumps({name: attack() for name, attack in ATTACKS.items()}))

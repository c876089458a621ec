//! Attacks on what a run may use up: memory, disk, output, time.

use std::time::Duration;

use sandbox::{End, Limits};

use crate::attack::{Attack, ends, gains_nothing};
use crate::level::as_everybody;

as_everybody!(
    memory_of_one_process,
    memory_of_many_children,
    memory_shared_between_processes,
    memory_in_files,
    memory_without_a_name,
    memory_that_outlives_its_process,
    one_big_file,
    many_files,
    many_folders,
    files_until_the_disk_is_full,
    output_flood,
    error_flood,
    output_flood_of_many,
    sleep_for_ever,
    spin_deaf_to_the_limit,
    spin_in_turns,
);

fn little_memory(limits: &mut Limits) {
    limits.memory_bytes = 96 << 20;
}

fn memory_of_one_process() -> Attack {
    ends("x = []\nwhile True: x.append(b'x' * (1 << 20))", &[End::MemoryLimit]).within(little_memory)
}

fn memory_of_many_children() -> Attack {
    let text = "
import time
for _ in range(8):
    if os.fork() == 0: break
x = b'x' * (20 << 20)
time.sleep(600)";
    ends(text, &[End::MemoryLimit]).within(little_memory)
}

fn memory_shared_between_processes() -> Attack {
    let text = "
import mmap, time
x = [mmap.mmap(-1, 12 << 20) for _ in range(12)]
for block in x:
    if os.fork() == 0:
        for at in range(0, len(block), 4096): block[at] = 1
        time.sleep(600)
time.sleep(600)";
    ends(text, &[End::MemoryLimit]).within(little_memory)
}

fn memory_in_files() -> Attack {
    let text = "
import time
for place in ('/box', '/tmp', '/dev/shm'):
    for n in range(4):
        # A place may be full before all of them together are too much: what stands in them counts all the same.
        try: open(f'{place}/{n}', 'wb').write(b'x' * (10 << 20))
        except OSError: pass
time.sleep(600)";
    ends(text, &[End::MemoryLimit]).within(little_memory)
}

fn memory_without_a_name() -> Attack {
    gains_nothing("refused_call(319, ctypes.addressof(ctypes.create_string_buffer(b'x')), 0)\nrefused_call(447, 0)")
}

fn memory_that_outlives_its_process() -> Attack {
    gains_nothing(
        "
refused_call(29, 0, 1 << 20, 0o1777)
refused_call(68, 0, 0o1777)
refused_call(64, 0, 1, 0o1777)
refused_call(240, ctypes.addressof(ctypes.create_string_buffer(b'x')), 0o102, 0o600, 0)",
    )
}

fn one_big_file() -> Attack {
    gains_nothing(
        "
for place in ('/box/a', '/tmp/a', '/dev/shm/a'):
    with open(place, 'wb', buffering=0) as file:
        try:
            for _ in range(40): file.write(b'x' * (1 << 20))
        except OSError: pass
    gain('' if os.stat(place).st_size <= 4 << 20 else place)
    refused(os.truncate, place, 1 << 40)",
    )
    .within(|limits| limits.file_bytes = 4 << 20)
}

fn many_files() -> Attack {
    let text = "
import itertools
for n in itertools.count(): os.close(os.open(f'/tmp/{n}', os.O_CREAT))";
    ends(text, &[End::FileLimit]).within(|limits| limits.work_files = 500)
}

fn many_folders() -> Attack {
    ends("while True: os.mkdir('d'); os.chdir('d')", &[End::FileLimit]).within(|limits| limits.work_files = 500)
}

fn files_until_the_disk_is_full() -> Attack {
    gains_nothing(
        "
import itertools
total = 0
try:
    for n in itertools.count():
        with open(f'/box/{n}', 'wb', buffering=0) as file: total += file.write(b'x' * (1 << 20))
except OSError: pass
gain(total if total > 16 << 20 else 0)",
    )
    .within(|limits| limits.work_bytes = 16 << 20)
}

fn output_flood() -> Attack {
    ends("while True: os.write(1, b'x' * 65536)", &[End::OutputLimit])
}

fn error_flood() -> Attack {
    ends("while True: os.write(2, b'x' * 65536)", &[End::OutputLimit])
}

fn output_flood_of_many() -> Attack {
    ends("for _ in range(4): os.fork()\nwhile True: os.write(1, b'x' * 4096)", &[End::OutputLimit])
}

fn sleep_for_ever() -> Attack {
    ends("import time; time.sleep(600)", &[End::WallLimit]).within(|limits| limits.wall = Duration::from_millis(500))
}

fn spin_deaf_to_the_limit() -> Attack {
    let text = "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass";
    ends(text, &[End::CpuLimit]).within(|limits| limits.cpu = Duration::from_secs(1))
}

fn spin_in_turns() -> Attack {
    let text = "
import time
while True:
    if os.fork() == 0:
        end = time.process_time() + 0.3
        while time.process_time() < end: pass
        os._exit(0)
    os.wait()";
    ends(text, &[End::CpuLimit]).within(|limits| limits.cpu = Duration::from_secs(1))
}

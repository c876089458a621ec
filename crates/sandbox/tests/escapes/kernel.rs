//! Attacks on the kernel's own surface.

use sandbox::End;

use crate::attack::{Attack, ends, gains_nothing};
use crate::level::as_everybody;

as_everybody!(
    new_namespaces,
    namespaces_of_others,
    mounts,
    keyrings,
    io_uring,
    bpf_and_perf,
    page_faults_of_ones_own,
    calls_of_x32,
    calls_of_32_bits,
    files_by_handle,
    input_into_a_terminal,
    another_personality,
    the_machine_itself,
    privileges,
);

fn new_namespaces() -> Attack {
    gains_nothing(
        "
flags = [0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000]
for flag in flags: refused_call(272, flag); refused_call(56, flag | 17, 0, 0, 0, 0)
refused_call(435, 0, 88)",
    )
}

fn namespaces_of_others() -> Attack {
    gains_nothing(
        "
for name in os.listdir('/proc/self/ns'): refused_call(308, os.open('/proc/self/ns/' + name, os.O_RDONLY), 0)
refused_call(308, os.pidfd_open(os.getpid()), 0x40000000)",
    )
}

fn mounts() -> Attack {
    gains_nothing(
        "for number in (165, 166, 155, 161, 428, 429, 430, 431, 432, 433, 442): refused_call(number, 0, 0, 0, 0, 0)",
    )
}

fn keyrings() -> Attack {
    gains_nothing(
        "
name = ctypes.addressof(ctypes.create_string_buffer(b'user'))
refused_call(248, name, name, name, 4, -4)
refused_call(249, name, name, 0, -4)
for operation in range(32): refused_call(250, operation, -4, 0, 0, 0)",
    )
}

fn io_uring() -> Attack {
    gains_nothing(
        "
room = ctypes.create_string_buffer(256)
refused_call(425, 8, ctypes.addressof(room))
refused_call(426, 0, 0, 0, 0, 0)
refused_call(427, 0, 0, 0, 0)",
    )
}

fn bpf_and_perf() -> Attack {
    gains_nothing(
        "
room = ctypes.addressof(ctypes.create_string_buffer(256))
for command in range(8): refused_call(321, command, room, 128)
refused_call(298, room, 0, -1, -1, 0)
refused_call(317, 1, 0, room)",
    )
}

fn page_faults_of_ones_own() -> Attack {
    gains_nothing("refused_call(323, 0)\nrefused_call(323, 1)\nrefused(os.open, '/dev/userfaultfd', os.O_RDWR)")
}

fn calls_of_x32() -> Attack {
    gains_nothing("for number in (1, 39, 41, 56, 101, 272, 512, 520, 540, 547): refused_call(0x40000000 + number)")
}

fn calls_of_32_bits() -> Attack {
    // mov eax, 20; int 0x80; ret: asks for the process number through the table for 32 bits.
    let text = r"
import mmap
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(b'\xb8\x14\x00\x00\x00\xcd\x80\xc3')
gain(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))())";
    // 31 by the filter, 11 where the kernel knows no such calls.
    ends(text, &[End::Signalled(31), End::Signalled(11)])
}

fn files_by_handle() -> Attack {
    gains_nothing(
        "
room = ctypes.addressof(ctypes.create_string_buffer(256))
path = ctypes.create_string_buffer(b'/box')
refused_call(303, -100, ctypes.addressof(path), room, room, 0)
refused_call(304, -100, room, 0)",
    )
}

fn input_into_a_terminal() -> Attack {
    gains_nothing("refused_call(16, 0, 0x5412, 0)\nrefused_call(16, 0, 0x541c, 0)\nrefused_call(16, 0, 0x100005412, 0)")
}

fn another_personality() -> Attack {
    gains_nothing("for kind in (8, 0x0040000, 0x0400000): refused_call(135, kind)")
}

fn the_machine_itself() -> Attack {
    gains_nothing(
        "for number in (103, 163, 167, 168, 169, 170, 171, 172, 173, 175, 176, 179, 164, 227, 246, 305, 313, 320): refused_call(number, 0, 0, 0, 0, 0)",
    )
}

fn privileges() -> Attack {
    gains_nothing(
        "
fields = dict(line.split(':', 1) for line in open('/proc/self/status'))
for name in ('CapEff', 'CapPrm', 'CapBnd', 'CapInh', 'CapAmb'): gain(name if int(fields[name], 16) else '')
gain('' if fields['NoNewPrivs'].strip() == '1' and fields['Seccomp'].strip() == '2' else 'unfiltered')
for number in (0, 1, 65534): refused(os.setuid, number); refused(os.setgid, number); refused(os.setgroups, [number])
refused(os.chown, '/box', 0, 0)",
    )
}

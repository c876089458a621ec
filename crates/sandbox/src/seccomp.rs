//! The system calls that a candidate's code may not make.
//!
//! Namespaces decide what can be reached; this filter takes away the calls that reach around them or that open much of
//! the kernel for nothing a Python program needs. Everything else is allowed.

use std::collections::BTreeMap;
use std::env::consts::ARCH;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

/// Both filters as bubblewrap reads them. The kernel applies the stricter answer of the two.
pub(crate) fn filters() -> Result<[Vec<u8>; 2], BackendError> {
    Ok([bytes(&forbidden()?, X32_PREFIX), bytes(&pretend_missing()?, &[])])
}

/// On x86-64 every call exists a second time, in the x32 table, under other numbers: none of those.
#[cfg(target_arch = "x86_64")]
const X32_PREFIX: &[(u16, u8, u8, u32)] = &[
    (0x20, 0, 0, 0),                                  // load the call's number
    (0x35, 0, 1, 0x4000_0000),                        // at least the x32 bit?
    (0x06, 0, 0, 0x0005_0000 | (libc::EPERM as u32)), // refuse
];
#[cfg(not(target_arch = "x86_64"))]
const X32_PREFIX: &[(u16, u8, u8, u32)] = &[];

fn forbidden() -> Result<BpfProgram, BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = FORBIDDEN.iter().map(|call| (*call, Vec::new())).collect();
    rules.insert(libc::SYS_socket, socket_rules()?);
    rules.insert(libc::SYS_socketpair, socket_rules()?);
    rules.insert(libc::SYS_clone, any_bit(0, NAMESPACE_FLAGS)?);
    rules.insert(libc::SYS_ioctl, vec![equals(1, libc::TIOCSTI)?, equals(1, TIOCLINUX)?]);
    // Asking for the present personality is harmless and some libraries do.
    rules.insert(libc::SYS_personality, vec![SeccompRule::new(vec![condition(0, SeccompCmpOp::Ne, 0xffff_ffff)?])?]);
    compile(rules, libc::EPERM)
}

/// Calls that libraries fall back from when the kernel does not know them.
fn pretend_missing() -> Result<BpfProgram, BackendError> {
    // clone3 hides its flags behind a pointer, so that no filter can read them; libc then uses clone.
    // Memory made by memfd belongs to no directory and, unmapped, to no process: nobody could bound it.
    compile(
        [libc::SYS_clone3, libc::SYS_memfd_create, SYS_MEMFD_SECRET].map(|call| (call, Vec::new())).into(),
        libc::ENOSYS,
    )
}

fn compile(rules: BTreeMap<i64, Vec<SeccompRule>>, errno: i32) -> Result<BpfProgram, BackendError> {
    let arch = TargetArch::try_from(ARCH)?;
    SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(errno as u32), arch)?.try_into()
}

fn socket_rules() -> Result<Vec<SeccompRule>, BackendError> {
    let families = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6];
    let protocols = [0, 1, libc::IPPROTO_TCP, libc::IPPROTO_UDP];
    Ok(vec![none_of(0, &families)?, none_of(2, &protocols)?])
}

fn none_of(argument: u8, values: &[i32]) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(
        values.iter().map(|value| condition(argument, SeccompCmpOp::Ne, *value as u64)).collect::<Result<_, _>>()?,
    )
}

fn any_bit(argument: u8, bits: &[i32]) -> Result<Vec<SeccompRule>, BackendError> {
    let has = |bit: &i32| condition(argument, SeccompCmpOp::MaskedEq(*bit as u32 as u64), *bit as u32 as u64);
    bits.iter().map(|bit| SeccompRule::new(vec![has(bit)?])).collect()
}

fn equals(argument: u8, value: u64) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(vec![condition(argument, SeccompCmpOp::Eq, value)?])
}

fn condition(argument: u8, operator: SeccompCmpOp, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)
}

fn bytes(program: &BpfProgram, prefix: &[(u16, u8, u8, u32)]) -> Vec<u8> {
    let own = program.iter().map(|step| (step.code, step.jt, step.jf, step.k));
    prefix
        .iter()
        .copied()
        .chain(own)
        .flat_map(|(code, jt, jf, k)| {
            let [code_low, code_high] = code.to_ne_bytes();
            let [a, b, c, d] = k.to_ne_bytes();
            [code_low, code_high, jt, jf, a, b, c, d]
        })
        .collect()
}

const TIOCLINUX: u64 = 0x541c;
const SYS_MEMFD_SECRET: i64 = 447;

const NAMESPACE_FLAGS: &[i32] = &[
    libc::CLONE_NEWNS,
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
];

const FORBIDDEN: &[i64] = &[
    // other namespaces and mounts
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    // other processes' memory and descriptors
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    // kernel machinery with a long record of holes
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_fanotify_init,
    libc::SYS_fanotify_mark,
    libc::SYS_seccomp,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_vmsplice,
    libc::SYS_move_pages,
    libc::SYS_migrate_pages,
    libc::SYS_mbind,
    libc::SYS_set_mempolicy,
    // memory that no limit of ours would see
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_msgget,
    libc::SYS_semget,
    libc::SYS_mq_open,
    // files by handle instead of by path
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    // the machine itself
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_syslog,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_vhangup,
    libc::SYS_nfsservctl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_modify_ldt,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_uselib,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ustat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_sysfs,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_kexec_file_load,
];

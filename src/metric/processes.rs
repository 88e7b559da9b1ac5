//! `processes`: processes by state, threads, and the limits of both.

use goodall_platform::processes::{ProcessesReader, ProcessesSample};

use super::{Collector, Every, Field, tabled};

type F = Field<ProcessesSample>;

/// Processes in a state, by the state's field and letter.
macro_rules! state {
    ($field:ident, $letter:literal, $help:literal) => {
        F::u64(stringify!($field), |all| all.states.$field, $help)
            .prom("node_processes_state", &[("state", $letter)])
            .prom_help("Number of processes in each state.")
    };
}

#[rustfmt::skip]
static FIELDS: &[F] = &[
    F::u64("all", |all| all.processes, "Processes.")
        .prom("node_processes_pids", &[])
        .prom_help("Number of PIDs"),
    F::u64("threads", |all| all.threads, "Threads of all processes.")
        .prom("node_processes_threads", &[])
        .prom_help("Allocated threads in system"),
    state!(running, "R", "Processes that run, or are ready to."),
    state!(sleeping, "S", "Processes that sleep and can be woken by a signal."),
    state!(disk_sleep, "D", "Processes that sleep and cannot be woken, most often for a disk."),
    state!(zombie, "Z", "Processes that have ended and whose parent has not asked how."),
    state!(stopped, "T", "Processes stopped by a signal."),
    state!(traced, "t", "Processes stopped by a debugger."),
    state!(idle, "I", "Threads of the kernel that idle."),
    F::u64("other", |all| all.states.other, "Processes in any other state."),
    F::maybe("threads_max", |all| all.threads_max, "Threads that may exist.")
        .prom("node_processes_max_threads", &[])
        .prom_help("Limit of threads in the system"),
    F::maybe("pid_max", |all| all.pid_max, "The largest number that a process may have.")
        .prom("node_processes_max_processes", &[])
        .prom_help("Number of max PIDs limit"),
    F::maybe("processes_max", |all| all.processes_max, "Processes that may exist.").macos(),
    F::maybe("hung", |all| all.hung_tasks, "Tasks found hung since boot.")
        .counter()
        .prom("node_kernel_hung_tasks_total", &[])
        .prom_help("Total number of tasks that have been detected as hung since the system booted."),
];

/// The collector; every 30 s, since it reads a file a process.
pub static PROCESSES: Collector = Collector {
    name: "processes",
    help: "Processes by state, threads, and the limits of both.",
    every: Every::Seconds(30),
    has_instances: false,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(ProcessesReader::open(roots, settings)?, FIELDS)),
};

//! Mach's side of macOS: the host's port, how a call went, and memory that a call handed over.

use std::slice;
use std::sync::OnceLock;

use libc::{mach_port_t, natural_t};

use crate::error::ReadError;

/// The port of this machine. Asked for once: each mach_host_self() takes one more reference to it.
pub fn host() -> mach_port_t {
    static HOST: OnceLock<mach_port_t> = OnceLock::new();
    // SAFETY: a trap without arguments, which gives a name of a port.
    *HOST.get_or_init(|| unsafe { mach2::mach_init::mach_host_self() })
}

unsafe extern "C" {
    // mach/processor_set.h, which neither `libc` nor `mach2` declares
    fn processor_set_default(host: mach_port_t, set: *mut mach_port_t) -> libc::kern_return_t;
    fn processor_set_statistics(
        set: mach_port_t,
        flavor: libc::c_int,
        info: *mut libc::integer_t,
        count: *mut libc::mach_msg_type_number_t,
    ) -> libc::kern_return_t;
}

/// `PROCESSOR_SET_LOAD_INFO`, and how many integers it answers: tasks, threads, load, Mach factor.
const LOAD_INFO: libc::c_int = 4;
const LOAD_INFO_COUNT: usize = 4;
const _: () = assert!(size_of::<libc::processor_set_load_info>() == 4 * LOAD_INFO_COUNT);
const _: () = assert!(std::mem::offset_of!(libc::processor_set_load_info, thread_count) == 4);

/// The name of the processors that all programs run on. Asked for once, as [`host`].
fn processors() -> Result<mach_port_t, ReadError> {
    static PROCESSORS: OnceLock<mach_port_t> = OnceLock::new();
    if let Some(set) = PROCESSORS.get() {
        return Ok(*set);
    }
    let mut set = 0;
    // SAFETY: writes the one port at `set`, which is a local.
    let code = unsafe { processor_set_default(host(), &raw mut set) };
    done(code, "processor_set_default")?;
    Ok(*PROCESSORS.get_or_init(|| set))
}

/// Threads of all processes.
pub fn threads() -> Result<u64, ReadError> {
    const CALL: &str = "processor_set_statistics";
    let mut load = [0; LOAD_INFO_COUNT];
    let mut count = libc::mach_msg_type_number_t::try_from(LOAD_INFO_COUNT).expect("four");
    let set = processors()?;
    // SAFETY: the call writes at most `count` integers at `load`, which has so many, and then their count.
    let code =
        unsafe { processor_set_statistics(set, LOAD_INFO, load.as_mut_ptr(), &raw mut count) };
    done(code, CALL)?;
    Ok(u64::from(load[1].cast_unsigned()))
}

/// Whether a call did what was asked.
pub fn done(code: libc::kern_return_t, call: &'static str) -> Result<(), ReadError> {
    if code == libc::KERN_SUCCESS {
        Ok(())
    } else {
        Err(ReadError::Mach { call, code })
    }
}

/// Numbers in memory that the kernel has mapped into this process for an answer; given back when it is dropped.
#[derive(Debug)]
pub struct OutOfLine {
    start: *mut natural_t,
    count: usize,
}

impl OutOfLine {
    /// Takes over what a call has answered.
    ///
    /// # Safety
    /// `start` is what a call of Mach's gave for memory out of line, `count` the number of its `natural_t`; nobody
    /// else gives it back.
    pub unsafe fn new(start: *mut natural_t, count: usize) -> OutOfLine {
        OutOfLine { start, count }
    }

    /// The numbers.
    pub fn numbers(&self) -> &[natural_t] {
        if self.start.is_null() {
            return &[];
        }
        // SAFETY: by the contract of `new` these are `count` numbers in a mapping of this process's own, which stands
        // until this is dropped.
        unsafe { slice::from_raw_parts(self.start, self.count) }
    }
}

impl Drop for OutOfLine {
    fn drop(&mut self) {
        let size = self.count * size_of::<natural_t>();
        // SAFETY: reads a variable that is set before `main`.
        let task = unsafe { mach2::traps::mach_task_self() };
        // SAFETY: by the contract of `new` the mapping is ours to give back, and no reference to it outlives this.
        let code = unsafe { libc::vm_deallocate(task, self.start as libc::vm_address_t, size) };
        debug_assert_eq!(code, libc::KERN_SUCCESS, "what was mapped is unmapped");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_an_error_that_names_the_call() {
        assert!(done(libc::KERN_SUCCESS, "call").is_ok());
        let error = done(5, "host_statistics64").unwrap_err();
        assert_eq!(error.to_string(), "host_statistics64: kern_return_t 5");
        assert_ne!(host(), 0);
    }
}

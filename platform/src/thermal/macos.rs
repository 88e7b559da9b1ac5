//! How hard heat presses the system (notify(3)), and what the processors are held to (IOPMCopyCPUPowerStatus). Apple shows
//! no temperatures but by interfaces of its own.

use std::ffi::c_char;
use std::ptr;
use std::ptr::NonNull;

use objc2_core_foundation::{CFDictionary, CFRetained};
use objc2_io_kit::IOPMCopyCPUPowerStatus;

use super::ThermalSample;
use super::limits::{self, KEYS, PRESSURE_NAME};
use crate::error::ReadError;
use crate::iokit::{Key, Numbers};
use crate::reader::{Reader, Settings};
use crate::roots::Roots;

unsafe extern "C" {
    // notify.h, of the system's library; 0 is NOTIFY_STATUS_OK
    fn notify_register_check(name: *const c_char, token: *mut libc::c_int) -> u32;
    fn notify_get_state(token: libc::c_int, state: *mut u64) -> u32;
    fn notify_cancel(token: libc::c_int) -> u32;
}

/// A name that is listened to.
struct Pressure(libc::c_int);

impl Pressure {
    fn open() -> Option<Pressure> {
        let mut token = 0;
        // SAFETY: the name ends in NUL; the token is written to the local.
        let status = unsafe { notify_register_check(PRESSURE_NAME.as_ptr(), &raw mut token) };
        (status == 0).then_some(Pressure(token))
    }

    fn read(&self) -> Option<u64> {
        let mut state = 0;
        // SAFETY: the token is of a registration that stands; the state is written to the local.
        let status = unsafe { notify_get_state(self.0, &raw mut state) };
        (status == 0).then_some(state)
    }
}

impl Drop for Pressure {
    fn drop(&mut self) {
        // SAFETY: the token is of a registration that stands, and is used no more.
        let _ = unsafe { notify_cancel(self.0) };
    }
}

/// Reads one row, instance `cpu`.
pub struct ThermalReader {
    pressure: Option<Pressure>,
    keys: [Key; KEYS.len()],
}

impl ThermalReader {
    /// Registers for the pressure.
    #[allow(
        clippy::unnecessary_wraps,
        reason = "the same signature as where it can fail"
    )]
    pub fn open(_roots: &Roots, _settings: &Settings) -> Result<ThermalReader, ReadError> {
        Ok(ThermalReader {
            pressure: Pressure::open(),
            keys: KEYS.map(Key::new),
        })
    }
}

/// What the processors are held to; `None` where nothing was recorded (`kIOReturnNotFound`, as on Apple's own).
fn power_status() -> Option<Numbers> {
    let mut status: *const CFDictionary = ptr::null();
    // SAFETY: the call writes a dictionary, or nothing, to the local.
    let code = unsafe { IOPMCopyCPUPowerStatus(&raw mut status) };
    let status = NonNull::new(status.cast_mut()).filter(|_| code == libc::KERN_SUCCESS)?;
    // SAFETY: the call was done, so that the dictionary is the caller's to release ("Copy" in its name).
    let status = unsafe { CFRetained::from_raw(status) };
    // SAFETY: by IOPMLib.h its keys are strings and its values numbers.
    Some(unsafe { Numbers::new(status) })
}

impl Reader for ThermalReader {
    type Sample = ThermalSample;
    const SPARSE: bool = true;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &ThermalSample)) -> Result<(), ReadError> {
        let pressure = self.pressure.as_ref().and_then(Pressure::read);
        let status = power_status();
        let number = |place: usize| self.keys[place].number(status.as_ref()?);
        let sample = limits::sample(pressure, std::array::from_fn(number));
        // a machine that says nothing of heat has no row, not an empty one
        if sample != ThermalSample::default() {
            row(b"cpu", &sample);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::rows;

    #[test]
    fn there_is_one_row_at_most() {
        let mut reader = ThermalReader::open(&Roots::default(), &Settings::default()).unwrap();
        assert!(rows(&mut reader).len() <= 1);
    }
}

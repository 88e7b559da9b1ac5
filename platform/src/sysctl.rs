//! What the kernel says by sysctl(3): a name is looked up once, its value is copied into a given buffer.

use std::ffi::CStr;
use std::io;
use std::path::Path;
use std::ptr;
use std::sync::Arc;

use crate::bytes::Bytes;
use crate::error::ReadError;

/// The most numbers that a name has (`CTL_MAXNAME` of sys/sysctl.h).
const NAME_MAX: usize = 12;

/// One value of the kernel's.
#[derive(Clone, Debug)]
pub struct Sysctl {
    name: [libc::c_int; NAME_MAX],
    length: libc::c_uint,
    /// For errors: `sysctl vm.loadavg`.
    path: Arc<Path>,
}

impl Sysctl {
    /// The value of that name; [`ReadError::is_absent`] where this kernel has none.
    pub fn named(text: &CStr) -> Result<Sysctl, ReadError> {
        let path = described(&text.to_string_lossy());
        let mut name = [0; NAME_MAX];
        let mut length = NAME_MAX;
        // SAFETY: `text` ends in NUL; sysctlnametomib(3) writes at most `length` numbers, which `name` has room
        // for, and their count.
        let result =
            unsafe { libc::sysctlnametomib(text.as_ptr(), name.as_mut_ptr(), &raw mut length) };
        if result != 0 {
            return Err(ReadError::os(&path, &io::Error::last_os_error()));
        }
        Ok(Sysctl::new(name, length, path))
    }

    /// The value with these numbers; `text` says in errors what it is.
    pub fn numbered(numbers: &[libc::c_int], text: &str) -> Sysctl {
        let mut name = [0; NAME_MAX];
        name[..numbers.len()].copy_from_slice(numbers);
        Sysctl::new(name, numbers.len(), described(text))
    }

    fn new(name: [libc::c_int; NAME_MAX], length: usize, path: Arc<Path>) -> Sysctl {
        Sysctl {
            name,
            length: libc::c_uint::try_from(length).expect("NAME_MAX at most"),
            path,
        }
    }

    /// What it is, for errors.
    pub fn path(&self) -> &Arc<Path> {
        &self.path
    }

    /// Sets the number at `place` of the name: an interface's, say.
    pub fn set(&mut self, place: usize, number: libc::c_int) {
        self.name[place] = number;
    }

    /// The value, copied into `buffer`.
    pub fn read<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8], ReadError> {
        let mut size = buffer.len();
        let mut name = self.name;
        // SAFETY: sysctl(3) reads `length` numbers of `name`, writes at most `size` bytes into `buffer`, which has
        // so many, and then their count; no new value is given.
        let result = unsafe {
            libc::sysctl(
                name.as_mut_ptr(),
                self.length,
                buffer.as_mut_ptr().cast(),
                &raw mut size,
                ptr::null_mut(),
                0,
            )
        };
        if result == 0 {
            return Ok(&buffer[..size.min(buffer.len())]);
        }
        let error = io::Error::last_os_error();
        Err(match error.raw_os_error() {
            Some(libc::ENOMEM) => ReadError::TooLong {
                path: Arc::clone(&self.path),
                limit: buffer.len(),
            },
            _ => ReadError::os(&self.path, &error),
        })
    }

    /// How many bytes the value has now.
    pub fn size(&self) -> Result<usize, ReadError> {
        let mut size = 0;
        let mut name = self.name;
        // SAFETY: without a buffer sysctl(3) writes just the size; `length` numbers of `name` are read.
        let result = unsafe {
            libc::sysctl(
                name.as_mut_ptr(),
                self.length,
                ptr::null_mut(),
                &raw mut size,
                ptr::null_mut(),
                0,
            )
        };
        if result == 0 {
            Ok(size)
        } else {
            Err(ReadError::os(&self.path, &io::Error::last_os_error()))
        }
    }

    /// A number of four or eight bytes.
    pub fn number(&self) -> Result<u64, ReadError> {
        let mut buffer = [0; 8];
        let value = self.read(&mut buffer)?;
        let bytes = Bytes(value);
        let number = match value.len() {
            4 => bytes.u32(0).map(u64::from),
            _ => bytes.u64(0),
        };
        number.ok_or_else(|| self.unexpected("a number"))
    }

    /// A text, without the NUL at its end.
    pub fn text(&self) -> Result<String, ReadError> {
        let mut buffer = vec![0; self.size()?];
        let text = self.read(&mut buffer)?;
        let end = text.iter().position(|&byte| byte == 0);
        Ok(String::from_utf8_lossy(&text[..end.unwrap_or(text.len())]).into_owned())
    }

    /// The value is not as its header has it.
    pub fn unexpected(&self, expected: &'static str) -> ReadError {
        ReadError::Unexpected {
            path: Arc::clone(&self.path),
            expected,
        }
    }
}

fn described(name: &str) -> Arc<Path> {
    Path::new(&format!("sysctl {name}")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_structure_are_read() {
        assert_eq!(
            Sysctl::named(c"kern.ostype").unwrap().text().unwrap(),
            "Darwin"
        );
        assert!(Sysctl::named(c"hw.memsize").unwrap().number().unwrap() > 1 << 20);
        let load = Sysctl::named(c"vm.loadavg").unwrap();
        assert_eq!(load.read(&mut [0; 64]).unwrap().len(), load.size().unwrap());
        assert!(matches!(
            load.read(&mut [0; 4]),
            Err(ReadError::TooLong { limit: 4, .. })
        ));
    }

    #[test]
    fn a_name_that_there_is_not_is_absent() {
        assert!(Sysctl::named(c"goodall.nothing").unwrap_err().is_absent());
    }
}

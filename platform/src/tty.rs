//! The terminal and the user: `TIOCGWINSZ` of tty_ioctl(4), geteuid(2).

use std::os::fd::{AsRawFd, BorrowedFd};

/// How many columns the terminal behind `fd` has; `None` where it is no terminal or does not say.
pub fn columns(fd: BorrowedFd<'_>) -> Option<usize> {
    let mut size = libc::winsize {
        ws_row: 0,
        ws_col: 0,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    // SAFETY: TIOCGWINSZ writes one winsize, which lives over the call; on anything but a terminal it is an
    // error and writes nothing (tty_ioctl(4)).
    let result = unsafe { libc::ioctl(fd.as_raw_fd(), libc::TIOCGWINSZ, &raw mut size) };
    (result == 0 && size.ws_col > 0).then_some(usize::from(size.ws_col))
}

/// Whether this process has root's rights over files.
pub fn is_root() -> bool {
    // SAFETY: geteuid(2) takes nothing, changes nothing and always succeeds.
    unsafe { libc::geteuid() == 0 }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    #[test]
    fn a_file_has_no_columns() {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(super::columns(file.as_fd()), None);
    }

    #[test]
    fn root_is_who_owns_what_it_makes() {
        use std::os::unix::fs::MetadataExt;
        let file = tempfile::tempfile().unwrap();
        let owner = file.metadata().unwrap().uid();
        assert_eq!(super::is_root(), owner == 0);
    }
}

//! The host's name: gethostname(2).

/// The name, cut at 255 bytes; `localhost` where the system gives none.
pub fn name() -> String {
    let mut buffer = [0_u8; 256];
    // SAFETY: gethostname(2) writes at most as many bytes as it is told the buffer has; the last stays 0.
    let result = unsafe { libc::gethostname(buffer.as_mut_ptr().cast(), buffer.len() - 1) };
    let end = buffer.iter().position(|&byte| byte == 0).unwrap_or(0);
    match (result, &buffer[..end]) {
        (0, name) if !name.is_empty() => String::from_utf8_lossy(name).into_owned(),
        _ => "localhost".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_name_is_the_kernels() {
        let kernel = std::fs::read_to_string("/proc/sys/kernel/hostname");
        if let Ok(kernel) = kernel {
            assert_eq!(super::name(), kernel.trim());
        }
    }
}

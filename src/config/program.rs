//! The program that a plugin's command names.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The executable: a path, from the plugin's file if it is relative, or a name that stands in `PATH`.
pub fn find_program(program: &OsStr, folder: &Path) -> Result<PathBuf, String> {
    let is_path = program.as_encoded_bytes().contains(&b'/');
    if is_path {
        let path = std::path::absolute(folder.join(program)).map_err(|error| error.to_string())?;
        return is_executable(&path).map(|()| path);
    }
    let places = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    let mut candidates = std::env::split_paths(&places).map(|place| place.join(program));
    candidates
        .find(|path| is_executable(path).is_ok())
        .ok_or_else(|| "no such program in PATH; give its whole path".to_owned())
}

fn is_executable(path: &Path) -> Result<(), String> {
    match std::fs::metadata(path) {
        Ok(found) if !found.is_file() => Err("not a file; expected a program".to_owned()),
        Ok(found) if found.permissions().mode() & 0o111 == 0 => {
            Err("not executable; chmod +x it".to_owned())
        }
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Err("no such file".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

//! The secret that another system asks for, from a file that holds nothing else.

use std::fs;
use std::path::Path;

/// What the file holds, without the space around. It is read whenever it is wanted, so that a token that was
/// changed is used at once; the words for one that does not do name the file.
pub fn read(file: &Path) -> Result<String, String> {
    let why = match fs::read_to_string(file) {
        Ok(text) => {
            let token = text.trim();
            if !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Ok(token.to_owned());
            }
            "the token cannot be sent: expected visible ASCII characters on one line".to_owned()
        }
        Err(error) => format!("the token cannot be read: {error}"),
    };
    Err(format!("{}: {why}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_what_stands_alone_in_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        let why = read(&file).unwrap_err();
        assert!(why.contains("/token: the token cannot be read: "), "{why}");
        fs::write(&file, " s3cret\n").unwrap();
        assert_eq!(read(&file).as_deref(), Ok("s3cret"));
        for unfit in ["", "\n", "two words", "one\ntwo", "na\u{ef}f", "a\u{0}b"] {
            fs::write(&file, unfit).unwrap();
            let why = read(&file).unwrap_err();
            assert!(why.contains("/token: the token cannot be sent: "), "{why}");
        }
    }
}

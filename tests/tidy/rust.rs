//! As much of Rust's grammar as the fences need: comments and literals blanked, words, functions, modules, imports.
//! Every function works on blanked text, so that what stands in a string or a comment is never taken for code.

/// The same text with the insides of comments, strings and character literals as spaces; lines stay where they are.
pub fn blanked(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_end(bytes, at);
        if end == at {
            out.push(bytes[at]);
            at += 1;
            continue;
        }
        let inside = &bytes[at..end];
        out.extend(inside.iter().map(|&byte| match byte {
            b'\n' => b'\n',
            _ => b' ',
        }));
        at = end;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Where the comment or literal that begins at `at` ends; `at` itself where none begins there.
fn literal_end(text: &[u8], at: usize) -> usize {
    let rest = &text[at..];
    let line_end = || rest.iter().position(|&byte| byte == b'\n');
    let follows_word = at > 0 && is_word(text[at - 1]);
    match rest {
        [b'/', b'/', ..] => at + line_end().unwrap_or(rest.len()),
        [b'/', b'*', ..] => at + block_comment(rest),
        [b'"', ..] => at + quoted(rest, 1),
        [b'b', b'"', ..] if !follows_word => at + quoted(rest, 2),
        [b'r', b'"' | b'#', ..] if !follows_word => at + raw(rest, 1),
        [b'b', b'r', b'"' | b'#', ..] if !follows_word => at + raw(rest, 2),
        [b'\'', ..] => at + character(rest),
        _ => at,
    }
}

fn block_comment(text: &[u8]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        match &text[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

fn quoted(text: &[u8], mut at: usize) -> usize {
    while at < text.len() {
        match text[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// `r#"..."#`; 0 for a raw identifier such as `r#type`.
fn raw(text: &[u8], prefix: usize) -> usize {
    let hashes = text[prefix..].iter().take_while(|&&b| b == b'#').count();
    if text.get(prefix + hashes) != Some(&b'"') {
        return 0;
    }
    let mut close = vec![b'"'];
    close.resize(hashes + 1, b'#');
    let start = prefix + hashes + 1;
    let found = text[start..].windows(close.len()).position(|w| w == close);
    found.map_or(text.len(), |found| start + found + close.len())
}

/// `'x'`, `'\n'`, `'\u{1F600}'`; 0 for a lifetime.
fn character(text: &[u8]) -> usize {
    if text.get(1) == Some(&b'\\') {
        let close = text[2..].iter().skip(1).position(|&byte| byte == b'\'');
        return close.map_or(0, |close| close + 4);
    }
    let width = std::str::from_utf8(&text[1..text.len().min(5)]).map_or_else(
        |error| error.valid_up_to().max(1),
        |all| all.chars().next().map_or(1, char::len_utf8),
    );
    if text.get(1 + width) == Some(&b'\'') {
        width + 2
    } else {
        0
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// A word or one mark of punctuation (`::` is one), and the line it stands on, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    pub text: &'a str,
    pub line: usize,
}

/// The tokens of a blanked text.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let (mut tokens, mut line, mut at) = (Vec::new(), 1, 0);
    let bytes = text.as_bytes();
    while at < bytes.len() {
        let rest = &bytes[at..];
        let length = match rest[0] {
            b'\n' => {
                line += 1;
                1
            }
            byte if is_word(byte) => rest.iter().take_while(|&&byte| is_word(byte)).count(),
            b':' if rest.starts_with(b"::") => 2,
            _ => 1,
        };
        if let Some(text) = text.get(at..at + length).filter(|t| !t.trim().is_empty()) {
            tokens.push(Token { text, line });
        }
        at += length;
    }
    tokens
}

/// The functions with a body: name, first line, number of lines.
pub fn functions<'a>(tokens: &[Token<'a>]) -> Vec<(&'a str, usize, usize)> {
    let mut found = Vec::new();
    for (at, pair) in tokens.windows(2).enumerate() {
        let named = pair[1]
            .text
            .starts_with(|c: char| c.is_alphabetic() || c == '_');
        if pair[0].text != "fn" || !named {
            continue;
        }
        if let Some(last) = body_end(&tokens[at..]) {
            found.push((pair[1].text, pair[0].line, last - pair[0].line + 1));
        }
    }
    found
}

/// The line on which the body of the item that begins here ends; `None` where it has none.
fn body_end(tokens: &[Token]) -> Option<usize> {
    let (mut braces, mut brackets) = (0, 0);
    for token in tokens {
        match token.text {
            "(" | "[" => brackets += 1,
            ")" | "]" => brackets -= 1,
            "{" => braces += 1,
            "}" if braces == 1 => return Some(token.line),
            "}" => braces -= 1,
            ";" if braces == 0 && brackets == 0 => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let blanked = blanked(text);
        tokens(&blanked).iter().map(|t| t.text.to_owned()).collect()
    }

    #[test]
    fn comments_and_literals_are_no_code() {
        let text = "a // b\n/* c /* d */ e */ f \"g \\\" h\" 'i' '\\'' '\\u{41}' b\"j\" br#\"k\"l\"# r\"m\" n<'o> r#p";
        let expected = ["a", "f", "n", "<", "'", "o", ">", "r", "#", "p"];
        assert_eq!(words(text), expected);
    }

    #[test]
    fn a_character_of_several_bytes_is_a_literal_too() {
        assert_eq!(
            words("x('ß', '\u{1F600}') 'a"),
            ["x", "(", ",", ")", "'", "a"]
        );
    }

    #[test]
    fn a_function_is_counted_from_its_first_line_to_its_last() {
        let text =
            "fn a();\nfn b<const N: usize>(x: [u8; 3])\n{\n  if x { y }\n}\ntype F = fn(u8);\n";
        assert_eq!(functions(&tokens(text)), [("b", 2, 4)]);
    }
}

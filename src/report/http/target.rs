//! A request's target, taken apart: path and parameters, percent-decoded (RFC 3986; `+` is a space in the
//! query, as forms write it). What cannot be read is an error that says what would have been.

use std::borrow::Cow;

/// Parameters beyond this are nobody's question.
const PARAMETERS_MAX: usize = 64;

/// A path and the parameters behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Decoded, with its first slash.
    pub path: String,
    /// Names and values, decoded, in order.
    parameters: Vec<(String, String)>,
}

impl Target {
    /// Takes a target apart: `/path?query`, or with `http://host` in front, as to a proxy.
    pub fn parse(target: &str) -> Result<Target, String> {
        let target = origin_form(target);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if !path.starts_with('/') {
            return Err("the path does not start with /".to_owned());
        }
        let mut parameters = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            if parameters.len() == PARAMETERS_MAX {
                return Err(format!("there are more than {PARAMETERS_MAX} parameters"));
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            parameters.push((decode(name, true)?, decode(value, true)?));
        }
        Ok(Target {
            path: decode(path, false)?,
            parameters,
        })
    }

    /// Refuses every parameter that is not among `known`, and any but `match` that is given twice.
    pub fn allow(&self, known: &[&str]) -> Result<(), String> {
        for (index, (name, _)) in self.parameters.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                return Err(unknown(name, known));
            }
            let before = &self.parameters[..index];
            if name != "match" && before.iter().any(|(earlier, _)| earlier == name) {
                return Err(format!("`{name}` is given twice"));
            }
        }
        Ok(())
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.all(name);
        found.next()
    }

    /// Every value of a parameter that may be given more than once.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let named = self.parameters.iter().filter(move |pair| pair.0 == name);
        named.map(|pair| pair.1.as_str())
    }

    /// The patterns of every `match`, split at commas.
    pub fn patterns(&self) -> Vec<String> {
        let patterns = self.all("match").flat_map(|value| value.split(','));
        let patterns = patterns.map(str::trim).filter(|one| !one.is_empty());
        patterns.map(str::to_owned).collect()
    }

    /// A parameter whose value is one of a few words: what `words` has beside it, by its place.
    pub fn word<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<Option<T>, String> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == value) {
            return Ok(Some(*meaning));
        }
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        Err(format!("`{name}`: {value:?}; expected {}", either(&words)))
    }

    /// A parameter that another parser reads.
    pub fn parsed<T, E: std::fmt::Display>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, String> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        match parse(value) {
            Ok(parsed) => Ok(Some(parsed)),
            Err(error) => Err(format!("`{name}`: {error}")),
        }
    }
}

/// The path and query of a target that names a host too.
fn origin_form(target: &str) -> &str {
    match absolute_form(target) {
        Some(rest) => rest.find('/').map_or("/", |slash| &rest[slash..]),
        None => target,
    }
}

/// What follows the scheme of a target as a proxy is given it.
fn absolute_form(target: &str) -> Option<&str> {
    let mut schemes = ["http://", "https://"].into_iter();
    schemes.find_map(|scheme| target.strip_prefix(scheme))
}

/// The host that a target names: it counts, whatever `Host` says (RFC 9112, section 3.2.2).
pub fn host(target: &str) -> Option<&str> {
    let rest = absolute_form(target)?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    Some(&rest[..end])
}

/// The path of a target, decoded; as it stands where it cannot be, which is no route's.
pub fn path(target: &str) -> Cow<'_, str> {
    let target = origin_form(target);
    let path = target.split_once('?').map_or(target, |(path, _)| path);
    if path.contains('%') {
        decode(path, false).map_or(Cow::Borrowed(path), Cow::Owned)
    } else {
        Cow::Borrowed(path)
    }
}

fn decode(text: &str, is_form: bool) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        match byte {
            b'%' => {
                let (high, low) = (
                    rest.first().copied().and_then(hex),
                    rest.get(1).copied().and_then(hex),
                );
                let (Some(high), Some(low)) = (high, low) else {
                    return Err(format!(
                        "{text:?}: expected two hexadecimal digits behind every %"
                    ));
                };
                bytes.push(high << 4 | low);
                rest = &rest[2..];
            }
            b'+' if is_form => bytes.push(b' '),
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).map_err(|_| format!("{text:?} is not UTF-8"))
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

fn unknown(name: &str, known: &[&str]) -> String {
    if known.is_empty() {
        return format!("`{name}` is no parameter here; this route has none");
    }
    let nearest = known.iter().min_by_key(|other| distance(name, other));
    let near = nearest.filter(|other| distance(name, other) <= 2);
    let hint = near.map_or(String::new(), |other| format!(" (did you mean `{other}`?)"));
    format!(
        "`{name}` is no parameter here{hint}; expected {}",
        either(known)
    )
}

/// `a, b or c`.
pub fn either(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// Letters to insert, drop or replace to make one of the other (Levenshtein), for short words.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, letter) in one.bytes().enumerate() {
        let mut diagonal = above;
        row[0] = above + 1;
        for (left, other_letter) in other.bytes().enumerate() {
            let replaced = diagonal + usize::from(letter != other_letter);
            diagonal = row[left + 1];
            row[left + 1] = replaced.min(row[left] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(target: &str) -> Target {
        Target::parse(target).unwrap()
    }

    #[test]
    fn a_target_is_decoded_in_all_its_parts() {
        let target = parsed("/a%2Fb+c?m%61tch=x%20y+z&empty&since=%3a");
        assert_eq!(target.path, "/a/b+c");
        assert_eq!(target.get("match"), Some("x y z"));
        assert_eq!(target.get("empty"), Some(""));
        assert_eq!(target.get("since"), Some(":"));
        assert_eq!(target.get("until"), None);
    }

    #[test]
    fn a_target_as_to_a_proxy_is_understood() {
        assert_eq!(parsed("http://localhost:8080/latest?n=1").path, "/latest");
        assert_eq!(parsed("http://localhost").path, "/");
        assert_eq!(path("http://localhost/latest?n=1"), "/latest");
        assert_eq!(path("/%6Catest?n=%zz"), "/latest");
        assert_eq!(path("/%zz"), "/%zz");
        for (target, named) in [
            ("http://evil.example/latest?n=1", Some("evil.example")),
            ("https://localhost:80", Some("localhost:80")),
            (
                "http://evil.example?n=http://localhost/",
                Some("evil.example"),
            ),
            ("/latest?n=http://evil.example/", None),
        ] {
            assert_eq!(host(target), named, "{target}");
        }
    }

    #[test]
    fn a_broken_escape_is_refused_with_what_was_expected() {
        for target in ["/%", "/%2", "/%zz", "/a?b=%", "/?%+1"] {
            let error = Target::parse(target).unwrap_err();
            assert!(error.contains("two hexadecimal digits"), "{error}");
        }
        assert_eq!(Target::parse("/%ff").unwrap_err(), "\"/%ff\" is not UTF-8");
        assert!(Target::parse("*").is_err());
    }

    #[test]
    fn an_unknown_parameter_is_refused_and_its_nearest_named() {
        let known = ["match", "since", "until"];
        assert_eq!(
            parsed("/?sinse=1h").allow(&known).unwrap_err(),
            "`sinse` is no parameter here (did you mean `since`?); expected match, since or until"
        );
        assert_eq!(
            parsed("/?colour=1").allow(&known).unwrap_err(),
            "`colour` is no parameter here; expected match, since or until"
        );
        assert_eq!(
            parsed("/?x=1").allow(&[]).unwrap_err(),
            "`x` is no parameter here; this route has none"
        );
    }

    #[test]
    fn only_match_may_be_given_twice() {
        let known = ["match", "since"];
        assert!(parsed("/?match=a&match=b").allow(&known).is_ok());
        assert_eq!(
            parsed("/?since=1h&since=2h").allow(&known).unwrap_err(),
            "`since` is given twice"
        );
    }

    #[test]
    fn patterns_are_split_at_commas_in_all_matches() {
        let target = parsed("/?match=a.*,b.c&match=,d");
        assert_eq!(target.patterns(), ["a.*", "b.c", "d"]);
    }

    #[test]
    fn a_word_that_is_none_of_the_few_is_refused_with_the_few() {
        let words = [("long", 1), ("wide", 2)];
        assert_eq!(parsed("/?shape=wide").word("shape", &words), Ok(Some(2)));
        assert_eq!(parsed("/").word("shape", &words), Ok(None));
        assert_eq!(
            parsed("/?shape=tall").word("shape", &words).unwrap_err(),
            "`shape`: \"tall\"; expected long or wide"
        );
    }

    #[test]
    fn a_flood_of_parameters_is_refused() {
        let target = format!("/?{}", "a=b&".repeat(1000));
        assert!(Target::parse(&target).unwrap_err().contains("more than 64"));
    }

    #[test]
    fn the_distance_counts_edits() {
        for (one, other, edits) in [
            ("", "abc", 3),
            ("sinse", "since", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(one, other), edits);
        }
    }
}

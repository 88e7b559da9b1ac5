//! OTLP's answer to a batch that was taken: `ExportMetricsServiceResponse` of opentelemetry/proto/collector/
//! metrics/v1 in JSON, `{"partialSuccess": {"rejectedDataPoints": "2", "errorMessage": "why"}}`. A 64-bit
//! number may stand as a text or as a number. What is no such answer says nothing: the status said it all.

use super::sink::Taken;

/// How deep what is passed over may be nested.
const DEPTH_MAX: u32 = 16;

/// What the answer says of the batch: how many points were rejected and why; or, with none rejected, what the
/// store has to remark.
pub fn read(answer: &str) -> Taken {
    let mut taken = Taken::default();
    let mut cursor = Cursor(answer);
    let _ = cursor.object(0, &mut |key, cursor| match key {
        "partialSuccess" => cursor.object(1, &mut |key, cursor| {
            match key {
                "rejectedDataPoints" => taken.rejected = cursor.scalar()?.parse().unwrap_or(0),
                "errorMessage" => taken.words = cursor.scalar()?,
                _ => cursor.pass_over(2)?,
            }
            Some(())
        }),
        _ => cursor.pass_over(1),
    });
    taken
}

/// What stands behind the place reached.
struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    fn next(&mut self) -> Option<char> {
        self.0 = self.0.trim_start();
        self.0.chars().next()
    }

    fn take(&mut self, wanted: char) -> Option<()> {
        (self.next()? == wanted).then(|| self.0 = &self.0[wanted.len_utf8()..])
    }

    /// Every member of an object; `each` takes the value.
    fn object(
        &mut self,
        depth: u32,
        each: &mut dyn FnMut(&str, &mut Cursor<'a>) -> Option<()>,
    ) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        self.take('{')?;
        if self.next()? == '}' {
            return self.take('}');
        }
        loop {
            let key = self.text()?;
            self.take(':')?;
            each(&key, self)?;
            match self.next()? {
                ',' => self.take(',')?,
                _ => return self.take('}'),
            }
        }
    }

    fn array(&mut self, depth: u32) -> Option<()> {
        self.take('[')?;
        if self.next()? == ']' {
            return self.take(']');
        }
        loop {
            self.pass_over(depth + 1)?;
            match self.next()? {
                ',' => self.take(',')?,
                _ => return self.take(']'),
            }
        }
    }

    fn pass_over(&mut self, depth: u32) -> Option<()> {
        match self.next()? {
            '{' => self.object(depth, &mut |_, cursor| cursor.pass_over(depth + 1)),
            '[' if depth <= DEPTH_MAX => self.array(depth),
            '[' => None,
            _ => self.scalar().map(|_| ()),
        }
    }

    /// A text, or anything else that is one word.
    fn scalar(&mut self) -> Option<String> {
        if self.next()? == '"' {
            return self.text();
        }
        let is_end = |letter: char| ",]}".contains(letter) || letter.is_whitespace();
        let (word, rest) = self.0.split_at(self.0.find(is_end)?);
        self.0 = rest;
        (!word.is_empty()).then(|| word.to_owned())
    }

    fn text(&mut self) -> Option<String> {
        self.take('"')?;
        let mut text = String::new();
        let mut letters = self.0.chars();
        loop {
            let letter = match letters.next()? {
                '"' => {
                    self.0 = letters.as_str();
                    return Some(text);
                }
                '\\' => match letters.next()? {
                    'n' | 'r' | 't' | 'b' | 'f' => ' ',
                    'u' => {
                        let digits = letters.as_str().get(..4)?;
                        letters = letters.as_str()[4..].chars();
                        // half of a pair is no letter
                        let code = u32::from_str_radix(digits, 16).ok()?;
                        char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
                    }
                    other => other,
                },
                letter => letter,
            };
            text.push(letter);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(rejected: u64, words: &str) -> Taken {
        Taken {
            rejected,
            words: words.to_owned(),
        }
    }

    #[test]
    fn the_count_is_a_text_or_a_number_in_any_order() {
        for answer in [
            r#"{"partialSuccess":{"rejectedDataPoints":"7","errorMessage":"too \"old\""}}"#,
            r#"{"partialSuccess":{"rejectedDataPoints":7,"errorMessage":"too \u0022old\""}}"#,
            "{ \"more\": [1, {\"a\": []}, null, true] ,\n \"partialSuccess\" : { \"errorMessage\" : \"too \\\"old\\\"\" , \"x\": {}, \"rejectedDataPoints\" : 7 } }",
        ] {
            assert_eq!(read(answer), taken(7, "too \"old\""), "{answer}");
        }
        let warning = r#"{"partialSuccess":{"errorMessage":"gzip would be kinder"}}"#;
        assert_eq!(read(warning), taken(0, "gzip would be kinder"));
    }

    #[test]
    fn what_only_looks_like_it_says_nothing() {
        for answer in [
            "",
            "ok",
            "{}",
            "[]",
            r#"{"partialSuccess":{}}"#,
            r#"{"partialSuccess":null}"#,
            r#"{"partialSuccess":{"rejectedDataPoints":"-1"}}"#,
            r#"{"partialSuccess":{"rejectedDataPoints":"many"}}"#,
            r#"{"message":"\"partialSuccess\":{\"rejectedDataPoints\":\"2\"}"}"#,
            r#"{"rejectedDataPoints":"2"}"#,
            r#"{"partial_success":{"rejected_data_points":"2"}}"#,
        ] {
            assert_eq!(read(answer), Taken::default(), "{answer}");
        }
        let deep = format!("{{\"a\":{}", "[".repeat(4000));
        assert_eq!(read(&deep), Taken::default());
        let whole = r#"{"partialSuccess":{"rejectedDataPoints":"7","errorMessage":"\u00e9é"}}"#;
        for end in (0..whole.len()).filter(|&end| whole.is_char_boundary(end)) {
            let cut = read(&whole[..end]);
            assert!(cut.rejected == 0 || cut.rejected == 7, "{cut:?}");
        }
    }
}

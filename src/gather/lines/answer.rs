//! What a partner in conversation is answered: collectd's clients wait for a line after each command.

use std::fmt;

use super::{Format, Reject};

/// How a line went that was not rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// There is nothing to answer: a comment, or a format that knows no answers.
    Nothing,
    /// So many lists of values were taken.
    Dispatched(u32),
    /// A notification was.
    Accepted,
    /// A value was asked for; none is handed out here.
    NoValue,
    /// The names of values were asked for; none are.
    Listed,
    /// To be flushed there is nothing.
    Flushed,
}

/// An answer's text, without its newline.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'r>(&'r Result<Reply, Reject>);

impl Format {
    /// The answer to a line, in the formats whose partner waits for one.
    pub fn answer(self, result: &Result<Reply, Reject>) -> Option<Answer<'_>> {
        let is_answered = self == Format::Collectd && *result != Ok(Reply::Nothing);
        is_answered.then_some(Answer(result))
    }
}

impl fmt::Display for Answer<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Ok(Reply::Nothing) => Ok(()),
            Ok(Reply::Dispatched(1)) => out.write_str("0 Success: 1 value has been dispatched."),
            Ok(Reply::Dispatched(count)) => {
                write!(out, "0 Success: {count} values have been dispatched.")
            }
            Ok(Reply::Accepted) => out.write_str("0 Success"),
            Ok(Reply::NoValue) => out.write_str("-1 No such value."),
            Ok(Reply::Listed) => out.write_str("0 Values found"),
            Ok(Reply::Flushed) => out.write_str("0 Done: 0 successful, 0 errors"),
            Err(reject) => write!(out, "-1 {reject}"),
        }
    }
}

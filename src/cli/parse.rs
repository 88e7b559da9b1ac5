//! From the arguments to a [`Command`]. Flags may stand before the command's name and behind it.

use std::ffi::{OsStr, OsString};

use lexopt::{Arg, Parser};

use super::flags::{FLAGS, Flag, Takes};
use super::verb::{ABOUT, Verb};
use super::{Command, Handed, Length, Mirroring, Reading, Shipping, Usage};
use crate::config::{Flags, Origin, hint, nearest};
use crate::mirror::Address;
use crate::quantity::{Moment, parse};

/// Reads the arguments behind the program's name.
pub fn parse<I>(args: I) -> Result<Command, Usage>
where
    I: IntoIterator,
    I::Item: Into<OsString>,
{
    let mut parser = Parser::from_args(args);
    let mut lexed = Lexed::default();
    loop {
        let arg = match parser.next() {
            Ok(Some(arg)) => arg,
            Ok(None) => break,
            Err(error) => return Err(lexed.usage(of_lexopt(error))),
        };
        match arg {
            Arg::Short('h') | Arg::Long("help") => {
                let length = if matches!(arg, Arg::Long(_)) {
                    Length::Long
                } else {
                    Length::Short
                };
                let verb = lexed.verb.or_else(|| following_verb(&mut parser));
                return Ok(Command::Help(verb, length));
            }
            Arg::Short('V') | Arg::Long("version") => return Ok(Command::Version),
            Arg::Short(letter) => {
                let text = format!("-{letter}: unknown flag; only -h and -V are short");
                return Err(lexed.usage(text));
            }
            Arg::Long(name) => {
                let name = format!("--{name}");
                let Some(takes) = Flag::is_known(&name) else {
                    return Err(lexed.usage(unknown_flag(&name, lexed.verb)));
                };
                let value = if takes {
                    parser
                        .value()
                        .map_err(|error| lexed.usage(of_lexopt(error)))?
                } else {
                    OsString::new()
                };
                lexed.flags.push((name, value));
            }
            Arg::Value(value) => {
                if lexed.is_help || lexed.verb.is_none() {
                    lexed.name(&value)?;
                } else {
                    lexed.values.push(value);
                }
            }
        }
    }
    if lexed.is_help {
        return Ok(Command::Help(lexed.verb, Length::Long));
    }
    lexed.command()
}

/// The command's name behind a flag for help.
fn following_verb(parser: &mut Parser) -> Option<Verb> {
    let rest = parser.try_raw_args()?;
    rest.into_iter()
        .find_map(|arg| Verb::of_name(arg.to_str()?))
}

fn of_lexopt(error: lexopt::Error) -> String {
    match error {
        lexopt::Error::MissingValue { option: Some(flag) } => match value_of(&flag) {
            Some(what) => format!("{flag}: its {what} is missing"),
            None => format!("{flag}: its value is missing"),
        },
        lexopt::Error::UnexpectedValue { option, value } => {
            format!("{option}: takes no value, found {}", value.display())
        }
        error => error.to_string(),
    }
}

/// What the help calls the value of a flag.
fn value_of(name: &str) -> Option<&'static str> {
    match FLAGS.iter().find(|flag| flag.name == name)?.takes {
        Takes::Text(what) => Some(what),
        Takes::Nothing | Takes::OneOf(_) => None,
    }
}

fn unknown_flag(name: &str, verb: Option<Verb>) -> String {
    let known = FLAGS
        .iter()
        .filter(|flag| flag.is_shown && verb.is_none_or(|verb| flag.of.contains(&verb)));
    let names = known.map(|flag| flag.name).chain(["--help", "--version"]);
    // the dashes, which all have, make none the likelier
    let bare = |name: &'static str| name.trim_start_matches('-');
    match nearest(name.trim_start_matches('-'), names.map(bare)) {
        Some(near) => format!("{name}: unknown flag; did you mean --{near}?"),
        None => format!("{name}: unknown flag"),
    }
}

/// The arguments, still without a meaning.
#[derive(Default)]
struct Lexed {
    verb: Option<Verb>,
    is_help: bool,
    flags: Vec<(String, OsString)>,
    values: Vec<OsString>,
}

impl Lexed {
    fn usage(&self, text: String) -> Usage {
        Usage {
            verb: self.verb,
            text,
        }
    }

    /// The first word: a command, or `help` and then a command.
    fn name(&mut self, value: &OsStr) -> Result<(), Usage> {
        let name = value.to_string_lossy();
        if name == "help" && !self.is_help {
            self.is_help = true;
            return Ok(());
        }
        self.verb = Verb::of_name(&name);
        if self.verb.is_some() {
            return Ok(());
        }
        let hint = if name.contains(['.', '*']) {
            format!("; to see a series: goodall latest '{name}'")
        } else {
            hint(&name, ABOUT.iter().map(|about| about.name))
        };
        let shown = if name.is_empty() { "\"\"" } else { &name };
        Err(self.usage(format!("{shown}: unknown command{hint}")))
    }

    fn command(self) -> Result<Command, Usage> {
        let verb = self.verb.unwrap_or(Verb::Run);
        let mut reading = Reading::default();
        let mut handed = Handed::default();
        for (name, value) in &self.flags {
            let Some(flag) = Flag::find(name, verb) else {
                return Err(self.usage(of_another(name, verb)));
            };
            let wrong = |why: String| self.usage(format!("{name}: {why}"));
            let descriptor = match &**name {
                "--parent-pipe" => &mut handed.parent_pipe,
                "--tally" => &mut handed.tally,
                _ => {
                    set(&mut reading, flag, value).map_err(wrong)?;
                    continue;
                }
            };
            let fd = value.to_str().and_then(|text| text.parse().ok());
            *descriptor = Some(fd.ok_or_else(|| wrong("expected a descriptor".into()))?);
        }
        if verb == Verb::Mirror {
            return Ok(Command::Mirror(Mirroring {
                address: self.address()?,
                flags: reading.flags,
                once: reading.once,
            }));
        }
        for value in &self.values {
            if !verb.takes_series() {
                let name = verb.about().name;
                let text = format!("{}: {name} takes flags only", value.display());
                return Err(self.usage(text));
            }
            match value.to_str() {
                Some(text) if !text.trim().is_empty() => reading.patterns.push(text.to_owned()),
                _ => {
                    let text = format!("{:?}: not a name of a series", value.to_string_lossy());
                    return Err(self.usage(text));
                }
            }
        }
        Ok(match verb {
            Verb::Run => Command::Run(reading.flags),
            Verb::Gather => Command::Gather(reading.flags),
            Verb::Report => Command::Report(reading.flags, handed),
            Verb::Ship => Command::Ship(Shipping {
                flags: reading.flags,
                once: reading.once,
                handed,
            }),
            Verb::Mirror => unreachable!("it was told apart before"),
            Verb::Check => Command::Check(reading.flags, reading.ship),
            Verb::Dump => Command::Dump(reading),
            Verb::Latest => Command::Latest(reading),
            Verb::Series => Command::Series(reading),
            Verb::Info => Command::Info(reading),
        })
    }

    /// The one URL of a mirror.
    fn address(&self) -> Result<Address, Usage> {
        match &self.values[..] {
            [] => Err(self.usage("its URL is missing, such as http://web1:8080".to_owned())),
            [url] => url.to_string_lossy().parse().map_err(|why| self.usage(why)),
            [_, more, ..] => {
                let text = format!("{}: one URL; a mirror copies one host", more.display());
                Err(self.usage(text))
            }
        }
    }
}

/// A flag that other commands have.
fn of_another(name: &str, verb: Verb) -> String {
    let this = verb.about().name;
    let shown = FLAGS
        .iter()
        .filter(|flag| flag.name == name && flag.is_shown);
    let others: Vec<&str> = shown
        .flat_map(|flag| flag.of)
        .map(|verb| verb.about().name)
        .collect();
    if others.is_empty() {
        return unknown_flag(name, Some(verb));
    }
    format!("{name}: not a flag of {this}, but of {}", others.join(", "))
}

/// Takes in the value of a flag.
fn set(reading: &mut Reading, flag: &'static Flag, value: &OsStr) -> Result<(), String> {
    if let Takes::OneOf(words) = flag.takes
        && flag.name != "--log-level"
    {
        let text = value.to_string_lossy();
        let Some(word) = words.iter().find(|word| **word == text) else {
            let hint = hint(&text, words.iter().copied());
            let words = words.join(", ");
            return Err(format!("{text:?}: expected one of {words}{hint}"));
        };
        match flag.name {
            "--agg" => reading.agg = Some(word),
            "--shape" => reading.shape = Some(word),
            "--format" => reading.format = Some(word),
            name => unreachable!("{name} takes a word that nobody keeps"),
        }
        return Ok(());
    }
    let time = || {
        let text = value.to_string_lossy();
        Moment::parse(&text)
            .map(Some)
            .map_err(|error| error.to_string())
    };
    match flag.name {
        "--config" => reading.flags.config = Some(path(value)?),
        "--since" => reading.since = time()?,
        "--until" => reading.until = time()?,
        "--step" => {
            let step = parse::duration(&value.to_string_lossy());
            reading.step = Some(step.map_err(|error| error.to_string())?);
        }
        "--rate" => reading.rate = true,
        "--verify" => reading.verify = true,
        "--once" => reading.once = true,
        "--ship" => reading.ship = true,
        name => {
            let Flags { layer, .. } = &mut reading.flags;
            let value = if flag.takes == Takes::Nothing {
                OsStr::new("true")
            } else {
                value
            };
            layer.put(&name[2..], value, Origin::Flag(flag.name))?;
        }
    }
    Ok(())
}

fn path(value: &OsStr) -> Result<std::path::PathBuf, String> {
    if value.is_empty() {
        return Err("the path is empty".to_owned());
    }
    Ok(value.into())
}

//! The help, written from the tables: `-h` a screen, `--help` all of it.

use std::fmt::Write;

use super::Length;
use super::flags::{Flag, Takes};
use super::verb::{ABOUT, About, Verb};

/// Where briefs start, in columns.
const BRIEF_COLUMN: usize = 30;

const INTRODUCTION: &str = "goodall is a flight recorder for one host: it samples the machine every \
second, keeps the last hours in one file of fixed size, and hands them out over HTTP and on the command \
line.";

const ENVIRONMENT: &[(&str, &str)] = &[
    (
        "GOODALL_PORT",
        "the port of 127.0.0.1 to serve on, as --listen",
    ),
    (
        "GOODALL_COLLECTION_MS",
        "milliseconds from sample to sample, as --interval",
    ),
    (
        "GOODALL_RETENTION_MIN",
        "minutes that the ring reaches back, as --ring",
    ),
    ("GOODALL_DB_PATH", "the ring file, as --ring-file"),
    (
        "HOST_PROC, HOST_SYS, HOST_ETC, HOST_ROOT",
        "where /proc, /sys, /etc and / of the host stand, from inside a container",
    ),
    ("NO_COLOR, TERM=dumb", "no colour on a terminal"),
];

const FILES: &[(&str, &str)] = &[
    (
        "ring file",
        "$STATE_DIRECTORY/goodall.ring; as root /var/lib/goodall/goodall.ring; else ${XDG_STATE_HOME:-~/.local/state}/goodall/goodall.ring",
    ),
    (
        "configuration",
        "$CONFIGURATION_DIRECTORY/goodall.toml; as root /etc/goodall/goodall.toml; else ${XDG_CONFIG_HOME:-~/.config}/goodall/goodall.toml; none is needed",
    ),
];

const EXIT_CODES: &[(&str, &str)] = &[
    ("0", "done; also where the reader of a pipe had enough"),
    (
        "1",
        "the ring file cannot be opened: missing, no permission, in use, disk full, truncated",
    ),
    (
        "2",
        "the ring file is not one that this build can use; it is left as it is",
    ),
    ("10", "an address cannot be listened on"),
    ("11", "no collector could start"),
    ("12", "the plugins' socket cannot be made"),
    ("64", "the command line or the environment is wrong"),
    ("70", "a fault of goodall's own"),
    ("78", "the configuration file is wrong"),
];

/// A default that is too long for a line.
const SEE_HELP: &str = "see --help";

/// The version, one line.
pub fn version() -> String {
    format!("goodall {}\n", env!("CARGO_PKG_VERSION"))
}

/// The help on a command, or on everything; lines of at most `width` columns, headings bold where
/// `is_styled`.
pub fn help(verb: Option<Verb>, length: Length, width: usize, is_styled: bool) -> String {
    let mut page = Page {
        text: String::new(),
        width: width.clamp(60, 100),
        is_styled,
    };
    match verb {
        Some(verb) => page.of_command(verb.about(), length),
        None => page.of_everything(length),
    }
    page.text
}

struct Page {
    text: String,
    width: usize,
    is_styled: bool,
}

impl Page {
    fn of_everything(&mut self, length: Length) {
        self.wrap(INTRODUCTION, 0);
        self.heading("USAGE");
        self.line("    goodall [run] [OPTIONS]");
        self.line("    goodall COMMAND [OPTIONS] [SERIES]...");
        self.heading("COMMANDS");
        for about in ABOUT {
            self.item(about.name, about.brief, 14);
        }
        self.heading("OPTIONS of run");
        self.flags(Verb::Run, length);
        if length == Length::Short {
            self.text.push('\n');
            self.wrap(
                "Each command has its own: goodall COMMAND -h. All of it: goodall --help.",
                0,
            );
            return;
        }
        self.heading("EXAMPLES");
        for verb in [Verb::Run, Verb::Latest, Verb::Dump] {
            self.examples(verb.about());
        }
        self.line("    curl http://127.0.0.1:8080/latest");
        self.wrap("the newest values from the running daemon, as JSON", 8);
        self.heading("ENVIRONMENT");
        self.items(ENVIRONMENT, BRIEF_COLUMN);
        self.wrap(
            "Flags beat the environment, the environment beats the configuration file.",
            4,
        );
        self.heading("FILES");
        self.items(FILES, 20);
        self.heading("EXIT CODES");
        self.items(EXIT_CODES, 10);
    }

    fn of_command(&mut self, about: &About, length: Length) {
        self.wrap(&format!("{}.", about.brief), 0);
        self.heading("USAGE");
        self.line(format!("    goodall {} {}", about.name, about.takes).trim_end());
        if length == Length::Long {
            for paragraph in about.more {
                self.text.push('\n');
                self.wrap(paragraph, 0);
            }
        }
        self.heading("OPTIONS");
        self.flags(about.verb, length);
        if !about.examples.is_empty() {
            self.heading("EXAMPLES");
            self.examples(about);
        }
        if length == Length::Long && Flag::shown(about.verb).any(|flag| flag.name == "--ring-file")
        {
            self.heading("FILES");
            self.items(FILES, 20);
        }
        if length == Length::Short {
            self.text.push('\n');
            self.wrap(&format!("More: goodall {} --help.", about.name), 0);
        }
    }

    fn flags(&mut self, verb: Verb, length: Length) {
        for flag in Flag::shown(verb) {
            self.flag(flag, length);
        }
        let other = "-V, --version";
        match length {
            Length::Short => {
                self.item("-h, --help", "This help; --help says more", BRIEF_COLUMN);
                self.item(other, "The version", BRIEF_COLUMN);
            }
            Length::Long => {
                self.line("    -h, --help");
                self.wrap("Help: -h a screen of it, --help all.", 12);
                self.text.push('\n');
                self.line("    -V, --version");
                self.wrap("The version.", 12);
            }
        }
    }

    fn flag(&mut self, flag: &Flag, length: Length) {
        let name = match flag.takes {
            Takes::Nothing => flag.name.to_owned(),
            Takes::Text(what) => format!("{} {what}", flag.name),
            Takes::OneOf(words) => format!("{} {}", flag.name, words.join("|")),
        };
        match length {
            Length::Short => {
                let mut brief = flag.brief.to_owned();
                if !flag.default.is_empty() {
                    let _ = write!(brief, " [{}]", flag.default);
                }
                self.item(&name, &brief, BRIEF_COLUMN);
            }
            Length::Long => {
                let again = if flag.repeats { " ..." } else { "" };
                self.line(&format!("    {name}{again}"));
                let mut text = format!("{}.", flag.brief);
                if !flag.more.is_empty() {
                    let _ = write!(text, " {}", flag.more);
                }
                self.wrap(&text, 12);
                let mut about = Vec::new();
                if !flag.default.is_empty() && flag.default != SEE_HELP {
                    about.push(format!("default: {}", flag.default));
                }
                if !flag.variable.is_empty() {
                    about.push(format!("environment: {}", flag.variable));
                }
                if !about.is_empty() {
                    self.wrap(&format!("[{}]", about.join("; ")), 12);
                }
                self.text.push('\n');
            }
        }
    }

    fn examples(&mut self, about: &About) {
        for (line, what) in about.examples {
            self.line(&format!("    {line}"));
            self.wrap(what, 8);
        }
    }

    fn heading(&mut self, text: &str) {
        let (bold, plain) = if self.is_styled {
            ("\x1b[1m", "\x1b[0m")
        } else {
            ("", "")
        };
        let _ = write!(self.text, "\n{bold}{text}{plain}\n");
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn items(&mut self, items: &[(&str, &str)], column: usize) {
        for (name, brief) in items {
            self.item(name, brief, column);
        }
    }

    /// A name, and what it means from `column` on; on a line of its own where the name is too long.
    fn item(&mut self, name: &str, brief: &str, column: usize) {
        let start = self.text.len();
        let _ = write!(self.text, "    {name}");
        let used = self.text.len() - start;
        if used + 2 > column {
            self.text.push('\n');
            self.wrap(brief, column);
        } else {
            let gap = column - used;
            self.wrap_from(brief, column, gap);
        }
    }

    fn wrap(&mut self, text: &str, indent: usize) {
        self.wrap_from(text, indent, indent);
    }

    /// Words, broken into lines that start at `indent`; the first line is that far already but for `gap`.
    fn wrap_from(&mut self, text: &str, indent: usize, gap: usize) {
        let mut column = indent;
        let mut gap = gap;
        for word in text.split_whitespace() {
            let long = word.chars().count();
            if column > indent && column + 1 + long > self.width {
                self.text.push('\n');
                column = indent;
                gap = indent;
            }
            if column > indent {
                self.text.push(' ');
                column += 1;
            } else {
                self.text.extend(std::iter::repeat_n(' ', gap));
            }
            self.text.push_str(word);
            column += long;
        }
        self.text.push('\n');
    }
}

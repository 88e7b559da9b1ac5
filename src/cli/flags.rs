//! The flags: one table, from which the command line is read and every help is written.

use super::verb::Verb;

/// What stands behind a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing.
    Nothing,
    /// A text, called so in the help.
    Text(&'static str),
    /// One of these words, the first by default.
    OneOf(&'static [&'static str]),
}

/// A flag.
#[derive(Debug)]
pub struct Flag {
    /// Its name, with the dashes.
    pub name: &'static str,
    /// What stands behind it.
    pub takes: Takes,
    /// Whether giving it again adds to it.
    pub repeats: bool,
    /// The commands that know it.
    pub of: &'static [Verb],
    /// Whether the help names it: not where it is for goodall's own children.
    pub is_shown: bool,
    /// One line.
    pub brief: &'static str,
    /// What the long help says besides.
    pub more: &'static str,
    /// What holds where nothing is said; empty where there is nothing to name.
    pub default: &'static str,
    /// The variable that says the same; empty where there is none.
    pub variable: &'static str,
}

const DAEMON: &[Verb] = &[Verb::Run, Verb::Gather, Verb::Report, Verb::Check];
const LOGGED: &[Verb] = &[
    Verb::Run,
    Verb::Gather,
    Verb::Report,
    Verb::Ship,
    Verb::Mirror,
    Verb::Check,
];

const ANY: &[Verb] = &[
    Verb::Run,
    Verb::Gather,
    Verb::Report,
    Verb::Ship,
    Verb::Check,
    Verb::Dump,
    Verb::Latest,
    Verb::Series,
    Verb::Info,
];
const DUMP: &[Verb] = &[Verb::Dump];
const MIRROR: &[Verb] = &[Verb::Mirror];

/// A flag that takes a text, before the rest is said of it.
const fn text(
    name: &'static str,
    what: &'static str,
    of: &'static [Verb],
    brief: &'static str,
) -> Flag {
    Flag {
        name,
        takes: Takes::Text(what),
        repeats: false,
        of,
        is_shown: true,
        brief,
        more: "",
        default: "",
        variable: "",
    }
}

const fn choice(
    name: &'static str,
    words: &'static [&'static str],
    of: &'static [Verb],
    brief: &'static str,
) -> Flag {
    Flag {
        takes: Takes::OneOf(words),
        ..text(name, "", of, brief)
    }
}

const fn switch(name: &'static str, of: &'static [Verb], brief: &'static str) -> Flag {
    Flag {
        takes: Takes::Nothing,
        ..text(name, "", of, brief)
    }
}

/// Every flag, in the order of the help; `--format` has a line for each set of words.
pub static FLAGS: &[Flag] = &[
    Flag {
        more: "Durations are a number and a unit: 500ms, 1s, 10m, 4h, 30d; 1.5h and 1h30m too. The file \
               is made whole at the start, some 65 MB for 4 hours at a second on a small machine, and grows \
               only for devices that come later. Another window takes over what is recorded when goodall is \
               started anew.",
        default: "4h",
        variable: "GOODALL_RETENTION_MIN (minutes)",
        ..text(
            "--ring",
            "DURATION",
            DAEMON,
            "How far back the ring reaches",
        )
    },
    Flag {
        more: "From 1ms to 30m. Collectors that are slow by nature (thermal, processes) keep their own, \
               longer one; [collectors.NAME] in the configuration sets it for one. A start with a longer one \
               thins out the rows that are there.",
        default: "1s",
        variable: "GOODALL_COLLECTION_MS (milliseconds)",
        ..text(
            "--interval",
            "DURATION",
            DAEMON,
            "The time from sample to sample",
        )
    },
    Flag {
        more: "From 1ms to 30m. A longer one asks the source less often, and lags so much more behind it.",
        default: "1s",
        ..text(
            "--interval",
            "DURATION",
            MIRROR,
            "The time from look to look",
        )
    },
    Flag {
        more: "A list such as cpu,load records these alone; one that starts with a dash, -hwmon,-thermal, \
               records all but these. A collector named here and absent on this machine is a warning.",
        default: "all",
        repeats: true,
        ..text("--collectors", "LIST", DAEMON, "What is recorded")
    },
    Flag {
        more: "One file of TOML a plugin, named for it: see docs/plugins.md. A folder that is named must be there.",
        default: "conf.d beside the configuration",
        ..text("--collectors-dir", "FOLDER", DAEMON, "The plugins' files")
    },
    Flag {
        more: "Any process that may write to it sends lines of metrics; off makes none.",
        default: "goodall.sock in $RUNTIME_DIRECTORY, else beside the ring file",
        ..text("--socket", "FILE", DAEMON, "The plugins' socket")
    },
    Flag {
        more: "goodall run and gather make it where it is missing; its folder only where the place is \
               goodall's own choice (see FILES).",
        default: "see --help",
        variable: "GOODALL_DB_PATH",
        ..text("--ring-file", "FILE", ANY, "The ring file")
    },
    Flag {
        more: "It is made where it is missing; its folder only where the place is goodall's own choice. One \
               that was recorded here is never copied over.",
        default: "HOST.ring in the folder of the ring file (see FILES)",
        ..text("--ring-file", "FILE", MIRROR, "The copy")
    },
    Flag {
        more: "Sizes are a number and K, M, G or T (1024 each, as KiB) or KB, MB, GB, TB (1000 each). \
               Past it new series are refused, and those that exist lose nothing.",
        default: "256M, or twice what the collectors need",
        ..text(
            "--ring-max",
            "SIZE",
            DAEMON,
            "The size that the ring file may grow to",
        )
    },
    Flag {
        more: "Sizes are a number and K, M, G or T (1024 each, as KiB) or KB, MB, GB, TB (1000 each). A ring \
               that is longer is refused (64).",
        default: "1G",
        ..text(
            "--ring-max",
            "SIZE",
            MIRROR,
            "The size that the copy may have",
        )
    },
    Flag {
        more: "ADDRESS:PORT, a port of 127.0.0.1, or unix:/path; give it again for more. An address that \
               other machines can reach asks for --token-file or --insecure-listen.",
        default: "127.0.0.1:8080",
        variable: "GOODALL_PORT (of 127.0.0.1)",
        repeats: true,
        ..text("--listen", "ADDRESS", DAEMON, "Where HTTP is served")
    },
    Flag {
        more: "Besides IP addresses and localhost, which are always accepted: a page elsewhere could \
               otherwise make a browser read from here by a name that it controls. Give it again for more.",
        repeats: true,
        ..text(
            "--allow-host",
            "NAME",
            DAEMON,
            "A host name that requests may use",
        )
    },
    Flag {
        more: "One line of at least 16 characters (openssl rand -hex 32), which requests send as \
               `Authorization: Bearer TOKEN`.",
        ..text(
            "--token-file",
            "FILE",
            DAEMON,
            "A file with the token that requests must bring",
        )
    },
    Flag {
        more: "The file that the source's --token-file names has it.",
        ..text(
            "--token-file",
            "FILE",
            MIRROR,
            "A file with the token that the source asks for",
        )
    },
    switch(
        "--insecure-listen",
        DAEMON,
        "Serve other machines without a token",
    ),
    Flag {
        more: "A duration ago (10m), a time (2026-11-22T05:04:16Z, any offset and fraction), or Unix \
               seconds. A duration ago counts from now; where nobody is recording, from the newest sample.",
        default: "the start of the window",
        ..text("--since", "TIME", DUMP, "From this time on, inclusive")
    },
    Flag {
        more: "As --since.",
        default: "now",
        ..text("--until", "TIME", DUMP, "Up to this time, exclusive")
    },
    Flag {
        more: "Buckets start at multiples of it in Unix time and are labelled by their start.",
        ..text(
            "--step",
            "DURATION",
            DUMP,
            "One value for each stretch of this length",
        )
    },
    Flag {
        default: "avg for gauges, last for counters",
        ..choice(
            "--agg",
            &["avg", "min", "max", "last", "sum"],
            DUMP,
            "How the values of a step become one",
        )
    },
    switch(
        "--rate",
        DUMP,
        "Counters as what they rise by in a second; gauges as they are",
    ),
    Flag {
        default: "long",
        ..choice(
            "--shape",
            &["long", "wide"],
            DUMP,
            "A line for each value, or for each time",
        )
    },
    Flag {
        default: "csv",
        ..choice(
            "--format",
            &["csv", "json", "ndjson"],
            DUMP,
            "How it is written",
        )
    },
    Flag {
        default: "for people on a terminal, else csv",
        ..choice(
            "--format",
            &["csv", "json"],
            &[Verb::Latest, Verb::Series],
            "How it is written",
        )
    },
    Flag {
        default: "for people",
        ..choice(
            "--format",
            &["text", "json"],
            &[Verb::Info],
            "How it is written",
        )
    },
    switch("--once", &[Verb::Ship], "Send what is new and end"),
    switch("--once", MIRROR, "Copy what is new and end"),
    switch(
        "--ship",
        &[Verb::Check],
        "Ask each destination whether it would take a sample",
    ),
    switch(
        "--verify",
        &[Verb::Info],
        "Read every row and count what is whole",
    ),
    Flag {
        more: "TOML, with the flags' names as keys; docs/configuration.md shows all of it, FILES says where it stands. Flags beat \
               the environment, which beats the file.",
        default: "see --help",
        ..text("--config", "FILE", ANY, "The configuration file")
    },
    Flag {
        default: "info",
        ..choice(
            "--log-level",
            &["error", "warning", "info", "debug"],
            LOGGED,
            "How much is said on standard error",
        )
    },
    Flag {
        is_shown: false,
        ..text(
            "--parent-pipe",
            "FD",
            &[Verb::Report, Verb::Ship],
            "A descriptor whose end means that the parent is gone",
        )
    },
    Flag {
        is_shown: false,
        ..text(
            "--tally",
            "FD",
            &[Verb::Report, Verb::Ship],
            "A descriptor of a page in which what is done is counted",
        )
    },
];

impl Flag {
    /// The flag of that name, among those of `verb`.
    pub fn find(name: &str, verb: Verb) -> Option<&'static Flag> {
        FLAGS
            .iter()
            .find(|flag| flag.name == name && flag.of.contains(&verb))
    }

    /// Whether any command has a flag of that name, and if so whether a value stands behind it: the same
    /// for all.
    pub fn is_known(name: &str) -> Option<bool> {
        let flag = FLAGS.iter().find(|flag| flag.name == name)?;
        Some(flag.takes != Takes::Nothing)
    }

    /// The flags that the help of `verb` names.
    pub fn shown(verb: Verb) -> impl Iterator<Item = &'static Flag> {
        FLAGS
            .iter()
            .filter(move |flag| flag.is_shown && flag.of.contains(&verb))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_takes_a_value_for_every_command_or_for_none() {
        for flag in FLAGS {
            assert!(flag.name.starts_with("--"), "{}", flag.name);
            let takes = flag.takes != Takes::Nothing;
            assert_eq!(Flag::is_known(flag.name), Some(takes), "{}", flag.name);
            for &verb in flag.of {
                let found = Flag::find(flag.name, verb).unwrap();
                assert!(std::ptr::eq(found, flag), "{} twice", flag.name);
            }
        }
    }
}

//! The commands: what each is called, what it takes, and how its help reads.

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Record and serve.
    Run,
    /// Record.
    Gather,
    /// Serve.
    Report,
    /// Send on.
    Ship,
    /// A copy of another host's ring.
    Mirror,
    /// The samples of a range.
    Dump,
    /// The newest values.
    Latest,
    /// The names.
    Series,
    /// The ring file.
    Info,
    /// The configuration.
    Check,
}

/// What a command's help says.
pub struct About {
    /// The command.
    pub verb: Verb,
    /// As it is typed.
    pub name: &'static str,
    /// What follows the name.
    pub takes: &'static str,
    /// One line, for lists.
    pub brief: &'static str,
    /// Paragraphs, for the command's own long help.
    pub more: &'static [&'static str],
    /// Lines to type, each with what it does.
    pub examples: &'static [(&'static str, &'static str)],
}

impl Verb {
    /// The command's help.
    pub fn about(self) -> &'static About {
        ABOUT
            .iter()
            .find(|about| about.verb == self)
            .expect("every command has its help; a test holds it")
    }

    /// The command of that name.
    pub fn of_name(name: &str) -> Option<Verb> {
        ABOUT
            .iter()
            .find(|about| about.name == name)
            .map(|about| about.verb)
    }

    /// Whether it takes names of series.
    pub fn takes_series(self) -> bool {
        matches!(self, Verb::Dump | Verb::Latest | Verb::Series)
    }
}

const PATTERNS: &str = "SERIES is a name (load.1m), one of Goodall's nine names (mem_used), or a pattern \
in which * stands for anything, dots too, and ? for one character: quote it, or the shell takes it for \
files. Without SERIES, all are meant. A pattern that matches nothing is an error (64).";

const NO_DAEMON: &str = "It reads the ring file itself: no daemon is needed, one that is recording is \
not disturbed, and a file copied off a dead host does as well (--ring-file).";

/// Every command, in the order of the help.
pub static ABOUT: &[About] = &[
    About {
        verb: Verb::Run,
        name: "run",
        takes: "[OPTIONS]",
        brief: "Record this host and serve what is recorded (the default)",
        more: &[
            "Records every collector at its interval into the ring file, and serves it over HTTP from a \
             process of its own, which cannot write the file and whose end disturbs no sample.",
            "INT and TERM end it within 2 seconds; HUP makes it read the configuration again, and what \
             does not parse leaves the one in force as it is.",
        ],
        examples: &[
            (
                "goodall",
                "the last 4 hours, every second, on 127.0.0.1:8080",
            ),
            ("goodall --ring 1d --interval 5s", "a day at 5 seconds"),
            (
                "goodall --ring 10m --interval 10ms --collectors cpu,disk",
                "a close look",
            ),
            (
                "goodall --listen 0.0.0.0:8080 --token-file /etc/goodall/token",
                "for other machines too",
            ),
        ],
    },
    About {
        verb: Verb::Gather,
        name: "gather",
        takes: "[OPTIONS]",
        brief: "Record only; serve nothing",
        more: &[
            "The half of `goodall run` that writes the ring file. Flags for serving are accepted, so that \
             both halves can be started with the same ones.",
        ],
        examples: &[(
            "goodall gather --ring 4h",
            "record, and leave serving to `goodall report`",
        )],
    },
    About {
        verb: Verb::Report,
        name: "report",
        takes: "[OPTIONS]",
        brief: "Serve a ring file over HTTP; record nothing",
        more: &[
            "The half of `goodall run` that faces the network. It opens the ring file read-only; several \
             can serve one file. Sockets of systemd (LISTEN_FDS) are taken in place of --listen.",
        ],
        examples: &[(
            "goodall report --ring-file dead-host.ring --listen 8081",
            "look into a file that was copied here",
        )],
    },
    About {
        verb: Verb::Ship,
        name: "ship",
        takes: "[OPTIONS]",
        brief: "Send what is recorded to Graphite, Influx, Prometheus and others",
        more: &[
            "Sends what the ring file holds to the destinations that the configuration has ([[ship]], see \
             docs/shipping.md): at least once, in recorded order, with each sample's own time. How far each \
             destination has come is kept beside the ring, so that an outage or a restart loses nothing that \
             the ring still holds. `goodall run` does the same in a process of its own. HUP has it read its \
             configuration again.",
            "--once sends what is new since the last time, waits until it arrived and ends: for cron, or for \
             a ring file that was copied here. It exits with 1 where a destination did not get everything, or \
             refused some of it.",
        ],
        examples: &[
            ("goodall ship", "beside a `goodall gather`"),
            (
                "goodall ship --once --ring-file dead-host.ring --config rescue.toml",
                "send what a dead host recorded",
            ),
        ],
    },
    About {
        verb: Verb::Mirror,
        name: "mirror",
        takes: "[OPTIONS] URL",
        brief: "Keep a copy of another host's ring",
        more: &[
            "URL is where that host's goodall serves (http://web1:8080; the port is 8080 where none is said). \
             Its ring is copied as it is, values, times and units exact, into a ring file here, and what it \
             records from then on follows a look later. `goodall report` and `goodall ship` over that file \
             (--ring-file) then run here, and the first host needs `goodall gather` and a bare reporter \
             only. See docs/mirror.md.",
            "An outage, of either end, costs nothing that the source's ring still holds when it is over. \
             The file is one host's for good: that of another host is refused (1). A ring that was laid out \
             or begun anew is copied anew, and the copy until then kept as FILE.old.",
            "The configuration file and the environment are not read: they are for what is recorded here.",
        ],
        examples: &[
            (
                "goodall mirror http://web1:8080",
                "the copy is web1.ring in the folder of the ring file",
            ),
            (
                "goodall report --ring-file /var/lib/goodall/web1.ring --listen 8081",
                "what web1 would answer",
            ),
            (
                "goodall mirror http://web1:8080 --once --ring-file web1.ring",
                "copy what is new and end: for cron",
            ),
        ],
    },
    About {
        verb: Verb::Dump,
        name: "dump",
        takes: "[OPTIONS] [SERIES]...",
        brief: "Write the samples of a range as CSV or JSON",
        more: &[
            PATTERNS,
            NO_DAEMON,
            "Samples come in recorded order. Long CSV has the columns time,series,value; wide has a column \
             a series. Times are RFC 3339 in UTC; values are in base units (seconds, bytes, ratios); a \
             value that is not known is empty, in JSON null.",
            "Counters are written as they count. With --rate they become what they rose by in a second, \
             and one that went back (a reset) gives a gap.",
        ],
        examples: &[
            ("goodall dump > all.csv", "everything in the window"),
            (
                "goodall dump 'cpu.all.*' --since 10m --rate",
                "the last 10 minutes of CPU time",
            ),
            (
                "goodall dump 'disk.*' --since 2026-11-22T05:00:00Z --until 2026-11-22T06:00:00Z",
                "an hour of the past",
            ),
            (
                "goodall dump 'load.*' --shape wide --step 1m --agg max",
                "a row a minute",
            ),
        ],
    },
    About {
        verb: Verb::Latest,
        name: "latest",
        takes: "[OPTIONS] [SERIES]...",
        brief: "Show the newest value of each series, and its last minutes",
        more: &[
            PATTERNS,
            NO_DAEMON,
            "On a terminal it is made to be read: grouped by collector and instance, in units for people \
             (KiB is 1024 bytes), counters as what they rise by in a second (seconds in a second as per \
             cent), with a line of the last 5 minutes drawn from the lowest to the highest value in it. \
             Elsewhere it is CSV: time,series,value, in base units, counters as they count.",
        ],
        examples: &[
            ("goodall latest", "everything"),
            ("goodall latest 'load.*' mem_used", "some of it"),
            ("goodall latest --format json | jq .", "for programs"),
        ],
    },
    About {
        verb: Verb::Series,
        name: "series",
        takes: "[OPTIONS] [SERIES]...",
        brief: "List the series: names, units, kinds, intervals, help",
        more: &[PATTERNS, NO_DAEMON],
        examples: &[
            ("goodall series", "all that is recorded"),
            (
                "goodall series 'network.*' --format json",
                "with labels, for programs",
            ),
        ],
    },
    About {
        verb: Verb::Info,
        name: "info",
        takes: "[OPTIONS]",
        brief: "Describe the ring file: window, range, gaps, bytes, collectors",
        more: &[
            NO_DAEMON,
            "--verify reads every row of the window and counts those that are whole and those that are \
             missing; a row that is being written or was cut by a power failure counts as missing.",
        ],
        examples: &[
            ("goodall info", "is it recording, since when, how large"),
            (
                "goodall info --verify --ring-file dead-host.ring",
                "is the copy whole",
            ),
        ],
    },
    About {
        verb: Verb::Check,
        name: "check",
        takes: "[OPTIONS]",
        brief: "Read the configuration and say what is wrong with it",
        more: &[
            "Takes the flags of `goodall run`, settles them with the environment and the file, and prints \
             every problem with its file and line (exit code 78, or 64 for a flag or a variable), or every \
             value that holds and where it came from.",
            "With --ship each destination is sent one sample besides, the newest that it would be sent in any \
             case, and what it says is shown; it exits with 78 where one would not take it.",
        ],
        examples: &[
            (
                "goodall check --config new.toml",
                "before HUP makes the daemon read it",
            ),
            ("goodall check --ship", "would the stores take what is sent"),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_its_help_and_is_found_by_its_name() {
        for verb in [
            Verb::Run,
            Verb::Gather,
            Verb::Report,
            Verb::Ship,
            Verb::Mirror,
            Verb::Dump,
            Verb::Latest,
            Verb::Series,
            Verb::Info,
            Verb::Check,
        ] {
            assert_eq!(Verb::of_name(verb.about().name), Some(verb));
        }
        assert_eq!(Verb::of_name("recrod"), None);
    }
}

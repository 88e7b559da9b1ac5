//! From a request's head to its answer: who may ask, by which method, for what.

use goodall_platform::clock;

use super::answer::{Answer, TEXT, Text};
use super::bodies;
use super::guard::{Token, admits_host};
use super::range::Choice;
use super::ring;
use super::target::{self, Target};
use crate::quantity::WallNs;
use crate::query::Format;
use crate::query::Snapshot;
use crate::report::counters::Counters;

/// The longest target that is looked at, in bytes.
const TARGET_SIZE_MAX: usize = 8 << 10;
/// A series' newest values are a small answer up to this count.
const VALUES_SMALL_MAX: usize = 1000;
/// What `GET /` says.
const INDEX: &str = include_str!("index.txt");

/// What of a request decides its answer.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// `GET`, ...
    pub method: &'a str,
    /// The target as it came.
    pub target: &'a str,
    /// The header of that name, as are the next two.
    pub host: Option<&'a str>,
    /// Why it is no request.
    pub fault: Option<&'static str>,
    /// `Bearer ...`
    pub authorization: Option<&'a str>,
    /// Media types.
    pub accept: Option<&'a str>,
    /// Which part of a file.
    pub choice: Choice<'a>,
    /// Whether a body is still to come.
    pub has_body: bool,
    /// Whether it came over a Unix socket.
    pub is_local: bool,
}

/// What there is to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// `/`
    Index,
    /// `/latest`
    Latest,
    /// `/dump.csv` and so on.
    Dump(Format),
    /// `/series`
    List,
    /// `/health`
    Health,
    /// `/metrics`
    Metrics,
    /// `/ring`
    Ring,
    /// Everything else with one part: perhaps a series.
    Series(&'a str),
}

impl<'a> Route<'a> {
    /// By the path, decoded. No route's name is a series'.
    pub fn of(path: &'a str) -> Option<Route<'a>> {
        match path {
            "/" => Some(Route::Index),
            "/latest" => Some(Route::Latest),
            "/dump.csv" => Some(Route::Dump(Format::Csv)),
            "/dump.json" => Some(Route::Dump(Format::Json)),
            "/dump.ndjson" => Some(Route::Dump(Format::Ndjson)),
            "/series" => Some(Route::List),
            "/health" => Some(Route::Health),
            "/metrics" => Some(Route::Metrics),
            "/ring" => Some(Route::Ring),
            other => {
                let name = other.strip_prefix('/')?;
                (!name.contains('/')).then_some(Route::Series(name))
            }
        }
    }
}

/// Whether the target alone says that the answer may be long.
fn is_long(route: Route<'_>, target: &str) -> bool {
    match route {
        Route::Dump(_) => true,
        Route::Series(_) if target.contains('?') => Target::parse(target).is_ok_and(|target| {
            let count = target.get("n").and_then(|count| bodies::count(count).ok());
            target.get("since").is_some() || count.is_some_and(|count| count > VALUES_SMALL_MAX)
        }),
        _ => false,
    }
}

/// Whom we answer.
pub struct Rules {
    /// Names, beside addresses and `localhost`, that a request may give as our host.
    pub allowed_hosts: Vec<String>,
    /// What a client must show.
    pub token: Option<Token>,
}

impl Rules {
    /// Refuses who may not ask, and what is no question.
    pub fn check(&self, question: &Question<'_>) -> Result<(), Answer> {
        if let Some(fault) = question.fault {
            return Err(Answer::error(400, fault));
        }
        let host = target::host(question.target).or(question.host);
        if !question.is_local && !admits_host(host, &self.allowed_hosts) {
            let host = host.unwrap_or("");
            let message = format!(
                "the host {host:?} is not served; expected an address, localhost, or a name given by \
                 --allow-host"
            );
            return Err(Answer::error(403, &message));
        }
        if let Some(token) = &self.token
            && !token.admits(question.authorization)
        {
            let message = "expected `Authorization: Bearer TOKEN`, with the token of --token-file";
            let challenge = "WWW-Authenticate: Bearer realm=\"goodall\"\r\n";
            return Err(Answer::error(401, message).with(challenge));
        }
        if !matches!(question.method, "GET" | "HEAD") {
            let message = "this method is not served; expected GET or HEAD";
            return Err(Answer::error(405, message).with("Allow: GET, HEAD\r\n"));
        }
        if question.has_body {
            return Err(Answer::error(
                413,
                "a question here has no body; expected none",
            ));
        }
        if question.target.len() > TARGET_SIZE_MAX {
            let message = "the target is too long; expected at most 8192 bytes";
            return Err(Answer::error(414, message));
        }
        Ok(())
    }
}

/// What all threads answer from.
pub struct Desk {
    rules: Rules,
    snapshot: Snapshot,
    counters: Counters,
}

impl Desk {
    /// A desk over a ring.
    pub fn new(rules: Rules, snapshot: Snapshot, counters: Counters) -> Desk {
        Desk {
            rules,
            snapshot,
            counters,
        }
    }

    /// Nobody asks for now: the ring need not stay resident.
    pub fn rest(&self) {
        self.snapshot.current().reader().rest();
    }

    /// Whether the answer may be long: a dump, many values of a series, or more than a small part of the ring.
    pub fn is_long(&self, question: &Question<'_>) -> bool {
        match Route::of(&target::path(question.target)) {
            Some(Route::Ring) if question.method == "GET" => {
                ring::is_long(self.snapshot.current().reader(), &question.choice)
            }
            Some(route) => is_long(route, question.target),
            None => false,
        }
    }

    /// What was counted.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The answer to a question.
    pub fn answer(&self, question: &Question<'_>) -> Answer {
        match self.try_answer(question) {
            Ok(answer) | Err(answer) => answer,
        }
    }

    fn try_answer(&self, question: &Question<'_>) -> Result<Answer, Answer> {
        self.rules.check(question)?;
        let bad = |message: String| Answer::error(400, &message);
        let target = Target::parse(question.target).map_err(bad)?;
        let Some(route) = Route::of(&target.path) else {
            return Err(bodies::nothing_at(&target.path));
        };
        if route == Route::Index {
            target.allow(&[]).map_err(bad)?;
            return Ok(Answer::ok(TEXT, Text::from(INDEX.to_owned())));
        }
        if route == Route::Ring {
            target.allow(&[]).map_err(bad)?;
            let is_head = question.method == "HEAD";
            return ring::answer(self.snapshot.current().reader(), &question.choice, is_head);
        }
        let asked = bodies::Asked {
            index: self.snapshot.current(),
            target: &target,
            accept: question.accept,
            counters: &self.counters,
            now: WallNs(clock::now().wall_ns),
        };
        asked.answer(route)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GET: Question<'_> = Question {
        method: "GET",
        target: "/latest",
        host: Some("127.0.0.1:8080"),
        fault: None,
        authorization: None,
        accept: None,
        choice: Choice::ALL,
        has_body: false,
        is_local: false,
    };

    fn status(rules: &Rules, question: Question<'_>) -> u16 {
        rules
            .check(&question)
            .err()
            .map_or(200, |answer| answer.status)
    }

    fn open() -> Rules {
        Rules {
            allowed_hosts: Vec::new(),
            token: None,
        }
    }

    #[test]
    fn who_may_not_ask_is_refused_by_the_right_code() {
        let rules = open();
        let long = "/".repeat(TARGET_SIZE_MAX + 1);
        assert_eq!(status(&rules, GET), 200);
        for (code, question) in [
            (
                200,
                Question {
                    method: "HEAD",
                    ..GET
                },
            ),
            (
                403,
                Question {
                    host: Some("evil.example"),
                    ..GET
                },
            ),
            (
                200,
                Question {
                    host: Some("any"),
                    is_local: true,
                    ..GET
                },
            ),
            (
                405,
                Question {
                    method: "POST",
                    ..GET
                },
            ),
            (
                405,
                Question {
                    method: "get",
                    ..GET
                },
            ),
            (
                413,
                Question {
                    has_body: true,
                    ..GET
                },
            ),
            (
                414,
                Question {
                    target: &long,
                    ..GET
                },
            ),
        ] {
            assert_eq!(status(&rules, question), code, "{question:?}");
        }
    }

    #[test]
    fn the_host_that_a_target_names_counts_and_two_are_none() {
        let rules = open();
        let foreign = Question {
            target: "http://evil.example/latest",
            ..GET
        };
        let own = Question {
            target: "http://localhost/latest",
            host: Some("evil.example"),
            ..GET
        };
        let two = Question {
            fault: Some("`Host` is given twice; expected one"),
            ..GET
        };
        assert_eq!(
            [foreign, own, two].map(|one| status(&rules, one)),
            [403, 200, 400]
        );
    }

    #[test]
    fn without_the_token_nothing_is_answered_and_the_way_is_shown() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "0123456789abcdef").unwrap();
        let rules = Rules {
            token: Token::read(file.path()).ok(),
            ..open()
        };
        let answer = rules.check(&GET).err().unwrap();
        assert_eq!(answer.status, 401);
        assert!(answer.headers.starts_with("WWW-Authenticate: Bearer"));
        let shown = Question {
            authorization: Some("Bearer 0123456789abcdef"),
            ..GET
        };
        assert_eq!(status(&rules, shown), 200);
        let wrong_method = Question {
            method: "POST",
            ..GET
        };
        assert_eq!(status(&rules, wrong_method), 401);
    }

    #[test]
    fn routes_and_series_do_not_collide() {
        assert_eq!(Route::of("/latest"), Some(Route::Latest));
        assert_eq!(Route::of("/dump.json"), Some(Route::Dump(Format::Json)));
        assert_eq!(Route::of("/dump.xml"), Some(Route::Series("dump.xml")));
        assert_eq!(
            Route::of("/cpu.all.user"),
            Some(Route::Series("cpu.all.user"))
        );
        assert_eq!(Route::of("/a/b"), None);
        assert_eq!(Route::of("*"), None);
    }

    fn is_long(target: &str) -> bool {
        Route::of(&target::path(target)).is_some_and(|route| super::is_long(route, target))
    }

    #[test]
    fn what_may_be_long_is_told_by_the_target_alone() {
        for target in [
            "/dump.csv",
            "/dump.json?step=1m",
            "http://localhost/dump.csv",
            "/load.1m?since=1h",
            "/load.1m?%73ince=1h",
            "/load.1m?n=1001",
            "/load.1m?n=99999999999999999999999",
            "/dum%70.csv",
        ] {
            assert!(is_long(target), "{target}");
        }
        for target in [
            "/latest",
            "/metrics?since=1h",
            "/load.1m",
            "/load.1m?n=1000",
            "/dum%zz.csv",
        ] {
            assert!(!is_long(target), "{target}");
        }
    }
}

//! `goodall check`: the configuration, and what is wrong with it.

use std::fmt::Write;

use goodall_platform::socket::check_unix_path;

use super::{Failure, Session};
use crate::config::{
    Config, EXIT_CONFIG, Effective, Flags, Origin, Problem, Settled, read_plugins, read_token,
    settle,
};
use crate::metric::Collector;
use crate::ship::{self, Probe};

/// Settles the configuration; prints what holds, or everything that is wrong. Where it is sound and `asks`
/// is set, each destination is asked whether it would take a sample.
pub fn run(
    flags: &Flags,
    asks: bool,
    collectors: &[&'static Collector],
    session: &mut Session<'_>,
) -> Result<(), Failure> {
    let settled = settle(flags, &session.around, collectors).and_then(sound);
    match settled {
        Ok(settled) => {
            session.out.write_all(text(&settled).as_bytes())?;
            if asks {
                ask(&settled.config, session)?;
            }
            session.out.flush()?;
            Ok(())
        }
        Err(problems) => {
            for problem in &problems {
                writeln!(session.error, "goodall: {problem}")?;
            }
            Err(Failure::Said {
                exit_code: exit_code(&problems),
            })
        }
    }
}

/// What settling leaves to who runs it: the token, the plugins, the length of the socket's path.
fn sound(mut settled: Settled) -> Result<Settled, Vec<Problem>> {
    let config = &settled.config;
    let token = config.token_file.as_deref().map(read_token);
    let mut problems: Vec<Problem> = token.and_then(Result::err).into_iter().collect();
    if let Some(socket) = &config.socket
        && let Err(error) = check_unix_path(&socket.value)
    {
        let text = format!("socket: {}: {error}", socket.value.display());
        problems.push(Problem::new(&socket.origin, text));
    }
    match read_plugins(config) {
        Ok(mut plugins) => {
            problems.append(&mut plugins.problems);
            settled.effective.extend(plugins.effective());
        }
        Err(problem) => problems.push(problem),
    }
    if problems.is_empty() {
        Ok(settled)
    } else {
        Err(problems)
    }
}

/// What each destination says to a sample.
fn ask(config: &Config, session: &mut Session<'_>) -> Result<(), Failure> {
    writeln!(session.out)?;
    if config.ship.is_empty() {
        writeln!(
            session.out,
            "no destination is configured; add a [[ship]] table"
        )?;
        return Ok(());
    }
    let mut any_failed = false;
    let probes = ship::probe(&config.ring_file, &config.ship)?;
    for (destination, probe) in config.ship.iter().zip(probes) {
        let (name, place) = (&destination.name, destination.place());
        write!(session.out, "ship.{name}: {place}: ")?;
        match probe {
            Probe::Taken => writeln!(session.out, "a sample was sent, and taken")?,
            Probe::NothingToSend => writeln!(session.out, "the ring holds nothing to send yet")?,
            Probe::Failed(failure) => {
                any_failed = true;
                writeln!(session.out, "not taken: {}", failure.words())?;
            }
        }
    }
    if any_failed {
        return Err(Failure::Said {
            exit_code: EXIT_CONFIG,
        });
    }
    Ok(())
}

/// The exit code of the first: what the command line says is said before what the file does.
pub fn exit_code(problems: &[Problem]) -> u8 {
    problems
        .first()
        .map_or(0, |problem| problem.origin.exit_code())
}

fn text(settled: &Settled) -> String {
    let mut text = match &settled.file {
        Some(file) => format!("{}: ok\n\n", file.display()),
        None => "no configuration file: ok\n\n".to_owned(),
    };
    let longest = |of: fn(&Effective) -> usize| settled.effective.iter().map(of).max();
    let key = longest(|at| at.key.chars().count()).unwrap_or(0);
    let value = longest(|at| at.value.chars().count()).unwrap_or(0).min(40);
    for at in &settled.effective {
        let origin = match &at.origin {
            Origin::Default => "default".to_owned(),
            origin => origin.to_string(),
        };
        let _ = writeln!(text, "{:key$}  {:value$}  {origin}", at.key, at.value);
    }
    text
}

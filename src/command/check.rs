//! `goodall check`: the configuration, and what is wrong with it.

use std::fmt::Write;

use goodall_platform::socket::check_unix_path;

use super::{Failure, Session};
use crate::config::{Effective, Flags, Origin, Problem, Settled, read_plugins, read_token, settle};
use crate::metric::Collector;

/// Settles the configuration; prints what holds, or everything that is wrong.
pub fn run(
    flags: &Flags,
    collectors: &[&'static Collector],
    session: &mut Session<'_>,
) -> Result<(), Failure> {
    let settled = settle(flags, &session.around, collectors).and_then(sound);
    match settled {
        Ok(settled) => {
            session.out.write_all(text(&settled).as_bytes())?;
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

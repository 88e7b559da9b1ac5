//! goodall: from the arguments to a command, and from its end to an exit code.
#![forbid(unsafe_code)]

use std::fs::File;
use std::io::{self, IsTerminal, Write, stderr, stdout};
use std::os::fd::AsFd;
use std::process::ExitCode;

use goodall::cli::{self, Command, Handed, Length, Mirroring, Shipping, Usage, Verb};
use goodall::command::{Failure, Session, check, dump, info, latest, series};
use goodall::config::{self, Config, Flags, Origin, Problem, Settled, Surroundings};
use goodall::metric::COLLECTORS;
use goodall::quantity::WallNs;
use goodall::report;
use goodall::terminal::Style;
use goodall::{daemon, log, mirror, ship, warning};
use goodall_platform::alloc::Ending;
use goodall_platform::{clock, signals, tty};

/// By which the reporter says how it ends where it has no memory left.
#[global_allocator]
static ALLOCATOR: Ending = Ending;

fn main() -> ExitCode {
    match cli::parse(std::env::args_os().skip(1)) {
        Err(usage) => failed(Usage::EXIT_CODE, &usage.to_string()),
        Ok(Command::Ship(shipping)) => send(&shipping),
        Ok(Command::Mirror(mirroring)) => copy(mirroring),
        Ok(Command::Run(flags)) => stay(flags, true),
        Ok(Command::Gather(flags)) => stay(flags, false),
        Ok(Command::Report(flags, handed)) => serve(&flags, handed),
        Ok(command) => match read(&command) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failed(failure.exit_code(), &failure.to_string()),
        },
    }
}

/// The daemon.
fn stay(flags: Flags, serves: bool) -> ExitCode {
    signals::block();
    let settled = match settled(&flags) {
        Ok(settled) => settled,
        Err(problems) => return failed(check::exit_code(&problems), &told(&problems)),
    };
    log::set_level(settled.config.log_level);
    let options = match options_of(&settled.config, serves) {
        Ok(options) => options,
        Err(problem) => return failed(problem.origin.exit_code(), &problem.to_string()),
    };
    if let Err(error) = settled.config.make_ring_folder() {
        let file = settled.config.ring_file.display();
        return failed(
            1,
            &format!("{file}: its folder cannot be made: {error}; give --ring-file"),
        );
    }
    let reload = Box::new(move || {
        let settled = settled_again(&flags)?;
        options_of(&settled.config, serves).map_err(|problem| problem.to_string())
    });
    match daemon::run(options, reload) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => failed(fault.exit_code(), &fault.to_string()),
    }
}

/// The shipper.
fn send(shipping: &Shipping) -> ExitCode {
    let is_alone = shipping.handed.parent_pipe.is_none() && !shipping.once;
    if is_alone {
        signals::block();
    }
    let config = match settled(&shipping.flags) {
        Ok(settled) => settled.config,
        Err(problems) => return failed(check::exit_code(&problems), &told(&problems)),
    };
    log::set_level(config.log_level);
    let options = ship::Options {
        ring_file: config.ring_file,
        destinations: config.ship,
        state_folder: Surroundings {
            variable: &|name| std::env::var_os(name),
            is_root: tty::is_root(),
        }
        .state_folder(),
        parent_pipe: shipping.handed.parent_pipe,
        tally: shipping.handed.tally,
        is_sound: is_alone.then_some(is_sound_to_ship),
    };
    let done = if shipping.once {
        ship::run_once(&options)
    } else {
        ship::run(&options)
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(error.exit_code(), &error.to_string()),
    }
}

/// The mirror, which is told by flags alone.
fn copy(
    Mirroring {
        flags,
        address,
        once,
    }: Mirroring,
) -> ExitCode {
    let around = Surroundings {
        variable: &|name| std::env::var_os(name),
        is_root: tty::is_root(),
    };
    let options = match config::mirror_options(flags, address, &around) {
        Ok(options) => options,
        Err(problem) => return failed(problem.origin.exit_code(), &problem.to_string()),
    };
    let done = if once {
        mirror::run_once(&options)
    } else {
        mirror::run(&options)
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(error.exit_code(), &error.to_string()),
    }
}

/// The reporter.
fn serve(flags: &Flags, handed: Handed) -> ExitCode {
    if handed.parent_pipe.is_none() {
        signals::block_all();
    }
    let config = match settled(flags) {
        Ok(settled) => settled.config,
        Err(problems) => return failed(check::exit_code(&problems), &told(&problems)),
    };
    log::set_level(config.log_level);
    if let Some(Err(problem)) = config.token_file.as_deref().map(config::read_token) {
        return failed(problem.origin.exit_code(), &problem.to_string());
    }
    // those of socket activation, if there are any, are served in their place
    let options = report::Options {
        ring_file: config.ring_file,
        is_sound: handed.parent_pipe.is_none().then_some(is_sound),
        listen: config.listen,
        allowed_hosts: config.allow_hosts,
        token_file: config.token_file,
        // the configuration was found sound, exposure included
        insecure_listen: true,
        parent_pipe: handed.parent_pipe,
        tally: handed.tally,
    };
    let Err(error) = report::run(&options);
    failed(error.exit_code(), &error.to_string())
}

/// Whether what was said at the start and the file as it stands now would do for a reporter.
fn is_sound() -> Result<(), String> {
    let Ok(Command::Report(flags, _)) = cli::parse(std::env::args_os().skip(1)) else {
        return Ok(());
    };
    let token_file = settled_again(&flags)?.config.token_file;
    let token = token_file.as_deref().map(config::read_token).transpose();
    token.map(drop).map_err(|problem| problem.to_string())
}

/// The same for a shipper.
fn is_sound_to_ship() -> Result<(), String> {
    let Ok(Command::Ship(shipping)) = cli::parse(std::env::args_os().skip(1)) else {
        return Ok(());
    };
    let config = settled_again(&shipping.flags)?.config;
    if config.ship.is_empty() {
        return Err(ship::ShipError::NoDestination.to_string());
    }
    Ok(())
}

fn settled(flags: &Flags) -> Result<Settled, Vec<Problem>> {
    let around = Surroundings {
        variable: &|name| std::env::var_os(name),
        is_root: tty::is_root(),
    };
    config::settle(flags, &around, COLLECTORS)
}

fn settled_again(flags: &Flags) -> Result<Settled, String> {
    settled(flags).map_err(|problems| told(&problems))
}

/// What a daemon is started with. The reporter reads the token and takes the sockets; what it could not do is
/// better said before anything runs. A plugin whose file has a mistake is left out, and the mistake is logged.
fn options_of(config: &Config, serves: bool) -> Result<daemon::Options, Problem> {
    if let Some(address) = config.listen.iter().find(|address| address.is_inherited()) {
        let text = format!("{address}: only goodall report takes a socket that is open");
        return Err(Problem::new(&Origin::Flag("--listen"), text));
    }
    let token = config.token_file.as_deref().map(config::read_token);
    let token = token.transpose()?;
    let plugins = config::read_plugins(config)?;
    for problem in &plugins.problems {
        warning!("{problem}");
    }
    Ok(daemon::Options::new(config, plugins, serves, token))
}

/// Every problem on a line of its own.
fn told(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\ngoodall: ")
}

/// The commands that read and write, and are done.
fn read(command: &Command) -> Result<(), Failure> {
    let variable = |name: &str| std::env::var_os(name);
    let terminal = stdout()
        .is_terminal()
        .then(|| Style::of(&variable, tty::columns(stdout().as_fd())));
    let session = &mut Session {
        // not `Stdout`, which looks for line ends in every buffer
        out: &mut File::from(stdout().as_fd().try_clone_to_owned()?),
        error: &mut stderr().lock(),
        terminal,
        shows_progress: terminal.is_none() && stderr().is_terminal(),
        around: Surroundings {
            variable: &variable,
            is_root: tty::is_root(),
        },
        now: WallNs(clock::now().wall_ns),
    };
    match command {
        Command::Help(verb, length) => Ok(help(*verb, *length, session)?),
        Command::Version => Ok(session.out.write_all(cli::version().as_bytes())?),
        Command::Check(flags, asks) => check::run(flags, *asks, COLLECTORS, session),
        Command::Dump(reading) => dump::run(reading, session),
        Command::Latest(reading) => latest::run(reading, session),
        Command::Series(reading) => series::run(reading, session),
        Command::Info(reading) => info::run(reading, session),
        Command::Run(_)
        | Command::Gather(_)
        | Command::Report(..)
        | Command::Ship(_)
        | Command::Mirror(_) => {
            unreachable!("these stay, and were told apart before")
        }
    }
}

fn help(verb: Option<Verb>, length: Length, session: &mut Session<'_>) -> io::Result<()> {
    let width = session.terminal.map_or(80, |style| style.width);
    let is_styled = session.terminal.is_some_and(|style| style.is_coloured);
    let page = cli::help(verb, length, width, is_styled);
    session.out.write_all(page.as_bytes())
}

/// Says why, if it was not said already.
fn failed(exit_code: u8, text: &str) -> ExitCode {
    if !text.is_empty() {
        // where standard error is gone too, the exit code must do
        let _ = writeln!(stderr(), "goodall: {text}");
    }
    ExitCode::from(exit_code)
}

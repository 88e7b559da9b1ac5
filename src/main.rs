//! goodall. (Only `report` as yet.)

use std::process::ExitCode;

use goodall::report::{self, Options};
use lexopt::prelude::*;

fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(error) => {
            goodall::error!("{error}");
            return ExitCode::from(64);
        }
    };
    let Err(error) = report::run(&options);
    goodall::error!("{error}");
    ExitCode::from(error.exit_code())
}

fn options() -> Result<Options, lexopt::Error> {
    let mut options = Options::default();
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Value(command) if command == "report" => {}
            Long("ring-file") => options.ring_file = arguments.value()?.into(),
            Long("listen") => options.listen.push(arguments.value()?.parse()?),
            Long("allow-host") => options.allowed_hosts.push(arguments.value()?.string()?),
            Long("token-file") => options.token_file = Some(arguments.value()?.into()),
            Long("insecure-listen") => options.insecure_listen = true,
            Long("parent-pipe") => options.parent_pipe = Some(arguments.value()?.parse()?),
            other => return Err(other.unexpected()),
        }
    }
    Ok(options)
}

//! The shipper as a part of the daemon: started where there is a destination, and anew when HUP changes one.

use std::time::Duration;

use super::part::{Part, SHIPPER_ROLE, Spec, counted};
use super::{Fault, Options, Supervisor, executable};
use crate::metric::tally::Tally;
use crate::{config, error, info};

/// How the shipper is started, where there is anything to do for it.
pub(super) fn shipper_spec(options: &Options) -> Result<Option<Spec>, Fault> {
    if options.ship.is_empty() {
        return Ok(None);
    }
    let names = options.ship.iter().map(|at| at.name.as_str());
    Ok(Some(Spec {
        role: SHIPPER_ROLE,
        executable: executable()?,
        arguments: options.shipper_args.clone(),
        sockets: Vec::new(),
        input: config::to_toml(&options.ship),
        tally: counted(SHIPPER_ROLE, Tally::of_shipper(names)),
    }))
}

impl Supervisor {
    pub(super) fn reload_shipper(&mut self, options: &Options) {
        if (&options.ship, &options.shipper_args)
            == (&self.options.ship, &self.options.shipper_args)
        {
            return;
        }
        match (shipper_spec(options), &mut self.shipper) {
            (Ok(Some(spec)), Some(shipper)) => {
                shipper.restart(spec);
                info!("the shipper is started anew");
            }
            (Ok(Some(spec)), none) => {
                none.insert(Part::new(spec)).start();
                info!("the shipper is started");
            }
            (Ok(None), _) => {
                if let Some(mut shipper) = self.shipper.take() {
                    shipper.stop(Duration::from_millis(500));
                    info!("nothing is shipped any more");
                }
            }
            (Err(error), _) => error!("{error}; the shipper stays as it is"),
        }
    }
}

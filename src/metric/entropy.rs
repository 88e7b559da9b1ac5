//! `entropy`: the kernel's pool of random bits.

use goodall_platform::entropy::{EntropyReader, EntropySample};

use super::{Collector, Every, Field, tabled};

type F = Field<EntropySample>;

static FIELDS: &[F] = &[
    F::u64(
        "available",
        |pool| pool.available,
        "Random bits that are there.",
    )
    .prom("node_entropy_available_bits", &[])
    .prom_help("Bits of available entropy."),
    F::u64(
        "pool_size",
        |pool| pool.pool_size,
        "Random bits that the pool holds.",
    )
    .prom("node_entropy_pool_size_bits", &[])
    .prom_help("Bits of entropy pool."),
];

/// The collector.
pub static ENTROPY: Collector = Collector {
    name: "entropy",
    help: "The kernel's pool of random bits.",
    every: Every::Tick,
    has_instances: false,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(EntropyReader::open(roots, settings)?, FIELDS)),
};

//! What is built from this repository besides native programs.

pub(crate) mod browser;
pub(crate) mod conform;
pub(crate) mod module;
pub(crate) mod native;
pub(crate) mod pages;
pub(crate) mod worker;

use std::fmt;

use clap::ValueEnum;

use crate::{error::Result, step::step, tools::Tools};

/// A part that can be built by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// The npm package: the core as wasm with its JavaScript, in pkg/dist
    Browser,
    /// The login and demo pages with the package beside them, in target/site
    Pages,
    /// The worker for workerd, in worker/build
    Worker,
    /// The example of an application's own worker, in examples/guarded-api/rust/build
    Example,
    /// The conformance operations as wasm for Node, in target/conform
    Conform,
    /// The `portcullis` program, in target/debug
    Native,
}

/// Every part, in the order in which they need each other.
pub(crate) const ALL: [Part; 6] = [
    Part::Browser,
    Part::Pages,
    Part::Worker,
    Part::Example,
    Part::Conform,
    Part::Native,
];

/// Builds parts; what hasn't changed since its last build is left as it is.
pub(crate) fn build(parts: &[Part], tools: &Tools) -> Result<()> {
    ALL.iter()
        .filter(|part| parts.contains(part))
        .try_for_each(|part| build_one(*part, tools))
}

fn build_one(part: Part, tools: &Tools) -> Result<()> {
    match part {
        Part::Browser => step("build browser module", |step| browser::build(tools, step)),
        Part::Pages => step("build pages", pages::build),
        Part::Worker => step("build worker", |step| {
            worker::build(&worker::PORTCULLIS, tools, step)
        }),
        Part::Example => step("build example", |step| {
            worker::build(&worker::GUARDED_API, tools, step)
        }),
        Part::Conform => step("build conform module", |step| conform::build(tools, step)),
        Part::Native => step("build portcullis", native::build),
    }
}

/// A number of bytes for people: `87.3 KB`, with 1 KB = 1,000 bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes(pub(crate) u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} KB", self.0 / 1000, self.0 % 1000 / 100)
    }
}

#[cfg(test)]
mod tests {
    use super::Bytes;

    #[test]
    fn bytes_are_cut_not_rounded_up() {
        assert_eq!(Bytes(89_999).to_string(), "89.9 KB");
        assert_eq!(Bytes(999).to_string(), "0.9 KB");
    }
}

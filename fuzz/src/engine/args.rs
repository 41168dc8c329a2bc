//! The command line of a target.

use std::{path::PathBuf, time::Duration};

const USAGE: &str = "\
usage: TARGET [--seconds N] [--seed N] [--keep]
       TARGET --input FILE

  --seconds N   how long (default: 60)
  --seed N      which inputs (default: 1)
  --keep        inputs with outcomes never seen before join the corpus
  --input FILE  runs this input alone";

/// How long a run takes unless it is said.
const DEFAULT_TIME: Duration = Duration::from_mins(1);

/// What is asked for.
#[derive(Debug)]
pub(super) struct Args {
    pub(super) time: Duration,
    pub(super) seed: u64,
    pub(super) keep: bool,
    pub(super) input: Option<PathBuf>,
}

impl Args {
    /// Reads the arguments behind the program's name; an error is the usage.
    pub(super) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut args = Self {
            time: DEFAULT_TIME,
            seed: 1,
            keep: false,
            input: None,
        };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--keep" => args.keep = true,
                "--seconds" => args.time = Duration::from_secs(number(words.next())?),
                "--seed" => args.seed = number(words.next())?,
                "--input" => args.input = Some(words.next().ok_or(USAGE)?.into()),
                _ => return Err(USAGE.to_owned()),
            }
        }
        Ok(args)
    }
}

fn number(word: Option<String>) -> Result<u64, String> {
    word.and_then(|text| text.parse().ok())
        .ok_or_else(|| USAGE.to_owned())
}

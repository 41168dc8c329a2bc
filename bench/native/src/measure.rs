//! Rounds of calls, each candidate in turn within a round, the median round reported; as `bench/measure.mjs` does it.

use std::{collections::BTreeMap, hint::black_box, time::Instant};

const ROUNDS: usize = 15;
const ROUND_NANOS: u128 = 40_000_000;

/// What decides request number `i`, by its name.
pub(crate) type Candidate = (&'static str, Box<dyn Fn(usize) -> bool>);

/// Nanoseconds a decision.
pub(crate) fn measure(candidates: &[Candidate]) -> BTreeMap<&'static str, f64> {
    let counts: Vec<usize> = candidates.iter().map(fitting).collect();
    let mut times = vec![Vec::new(); candidates.len()];
    for _ in 0..ROUNDS {
        for ((candidate, count), times) in candidates.iter().zip(&counts).zip(&mut times) {
            times.push(run(candidate, *count));
        }
    }
    let median = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    candidates
        .iter()
        .zip(times)
        .map(|((name, _), times)| (*name, median(times)))
        .collect()
}

/// As many calls as take about a round.
fn fitting(candidate: &Candidate) -> usize {
    let mut count = 1;
    loop {
        let start = Instant::now();
        run(candidate, count);
        let nanos = start.elapsed().as_nanos().max(1);
        if nanos > ROUND_NANOS / 8 {
            return usize::try_from(count as u128 * ROUND_NANOS / nanos)
                .unwrap_or(1)
                .max(1);
        }
        count *= 2;
    }
}

fn run((_, decide): &Candidate, count: usize) -> f64 {
    let start = Instant::now();
    let mut used = 0_usize;
    for i in 0..count {
        used += usize::from(decide(i));
    }
    black_box(used);
    start.elapsed().as_nanos() as f64 / count as f64
}

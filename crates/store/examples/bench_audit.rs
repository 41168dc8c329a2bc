//! What a record of the audit log costs in SQLite, with its link in the chain (which SQL computes, so that
//! D1 has it too) and without. `BENCH_OUT` names the file for the result.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

use std::error::Error;
use std::time::{Duration, Instant};

use portcullis_store::MIGRATIONS;
use rusqlite::{Connection, params};
use serde_json::json;

/// Records of a batch.
const COUNT: u32 = 500;
/// Batches; the fastest counts, for others use the machine, too.
const BATCHES: u32 = 10;
const USER_AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

fn main() -> Result<(), Box<dyn Error>> {
    let (linked, bare) = (cost(true)?, cost(false)?);
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    println!("append, with its link  {:>8.1} µs", micros(linked));
    println!("append, without        {:>8.1} µs", micros(bare));
    if let Some(path) = std::env::var_os("BENCH_OUT") {
        let result = json!({ "microseconds": { "linked": micros(linked), "bare": micros(bare) } });
        std::fs::write(path, format!("{result:#}\n"))?;
    }
    Ok(())
}

/// The time of one record of some 350 bytes.
fn cost(is_linked: bool) -> rusqlite::Result<Duration> {
    let connection = Connection::open_in_memory()?;
    for migration in MIGRATIONS {
        connection.execute_batch(migration.sql)?;
    }
    if !is_linked {
        connection.execute_batch("DROP TRIGGER audit_is_chained")?;
    }
    let mut add = connection.prepare(
        "INSERT INTO audit (at_ms, action, status, user_id, scope, request_id, latency_ms, \
         ip_address, user_agent, fields) \
         VALUES (?1, 'auth.login', 'ok', ?2, 'state:ca/team:t7', ?3, 12, '192.0.2.17', ?4, ?5)",
    )?;
    let mut best = Duration::MAX;
    for batch in 0..BATCHES {
        let begun = Instant::now();
        for number in batch * COUNT..(batch + 1) * COUNT {
            add.execute(params![
                1_795_308_739_542 + i64::from(number) * 37,
                format!("user-{:019}", number % 5_000),
                format!("{number:032x}"),
                USER_AGENT,
                format!(
                    "{{\"session\":\"{number:024x}\",\"method\":\"pwd\",\"device\":\"device-3\"}}"
                ),
            ])?;
        }
        best = best.min(begun.elapsed() / COUNT);
    }
    Ok(best)
}

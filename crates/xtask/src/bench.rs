//! `cargo xtask bench`: our figures and the peers' in the same run, kept in bench/results.
//!
//! A benchmark is `bench/NAME.mjs` (Node), `bench/browser/NAME.mjs` (Chromium, by
//! playwright-core) or an example `bench_NAME` of a crate (native). It prints a table for
//! people and writes its result as JSON to the file that `BENCH_OUT` names; the text is kept
//! in place of a result that wasn't written. A script that exports something is a part of
//! others, not a benchmark.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use clap::Args;
use serde_json::{Value, json};

use crate::{
    build,
    error::{Result, TaskError},
    paths,
    process::{ask, run as run_program},
    step::{Step, step},
    tools::{self, Tools, cargo, chromium},
};

/// The variable that names the file for the result.
const RESULT: &str = "BENCH_OUT";

/// Which benchmarks.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Runs these alone, by their names
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Host {
    Native,
    Node,
    Browser,
}

#[derive(Debug)]
struct Benchmark {
    name: String,
    host: Host,
    /// The script, or the example's source.
    file: PathBuf,
}

/// Builds everything, runs the benchmarks and writes their results.
///
/// # Errors
/// When there's no such benchmark, or one fails.
pub(crate) fn run(options: &Options) -> Result<()> {
    let chosen = choose(all(), &options.names)?;
    let tools = tools::set_up()?;
    build::build(&build::ALL, &tools)?;
    let mut results = BTreeMap::new();
    for benchmark in &chosen {
        let out = paths::scratch().join("bench.json");
        paths::write(&out, b"")?;
        let text = step(&format!("bench {}", benchmark.name), |step| {
            let mut command = command(benchmark, &tools, step)?;
            let log = format!("bench-{}", benchmark.name.replace('/', "-"));
            run_program(command.env(RESULT, &out), &log, step)?
                .or_fail(format!("the benchmark `{}` failed", benchmark.name))?
                .output()
        })?;
        println!("{}\n", text.trim_end());
        let written = fs::read_to_string(&out).unwrap_or_default();
        results.insert(benchmark.name.clone(), result(&written, &text));
    }
    keep(&tools, &results)
}

fn all() -> Vec<Benchmark> {
    let root = paths::root();
    let mut found: Vec<Benchmark> = ["core", "es256", "issue", "store", "http"]
        .iter()
        .flat_map(|krate| {
            files(
                &root.join("crates").join(krate).join("examples"),
                "bench_",
                ".rs",
                Host::Native,
            )
        })
        .collect();
    found.extend(files(&root.join("bench"), "", ".mjs", Host::Node));
    found.extend(files(
        &root.join("bench/browser"),
        "",
        ".mjs",
        Host::Browser,
    ));
    found
}

fn files(dir: &Path, prefix: &str, suffix: &str, host: Host) -> Vec<Benchmark> {
    let place = match host {
        Host::Native => "native/",
        Host::Node => "",
        Host::Browser => "browser/",
    };
    let mut found: Vec<Benchmark> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let file_name = entry.file_name().to_string_lossy().into_owned();
            let name = file_name.strip_prefix(prefix)?.strip_suffix(suffix)?;
            let text = fs::read_to_string(entry.path()).ok()?;
            if host != Host::Native && text.lines().any(|line| line.starts_with("export ")) {
                return None;
            }
            Some(Benchmark {
                name: format!("{place}{name}"),
                host,
                file: entry.path(),
            })
        })
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn choose(all: Vec<Benchmark>, names: &[String]) -> Result<Vec<Benchmark>> {
    let known: Vec<String> = all.iter().map(|benchmark| benchmark.name.clone()).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(name)) {
        return Err(TaskError::new(format!(
            "there's no benchmark `{name}`; there are: {}",
            known.join(", ")
        )));
    }
    Ok(all
        .into_iter()
        .filter(|benchmark| names.is_empty() || names.contains(&benchmark.name))
        .collect())
}

fn command(benchmark: &Benchmark, tools: &Tools, step: &Step) -> Result<Command> {
    let mut node = tools.npm.node();
    node.arg("--expose-gc").arg(&benchmark.file);
    match benchmark.host {
        Host::Node => Ok(node),
        Host::Browser => {
            node.env(chromium::VARIABLE, chromium::prepare(step)?);
            Ok(node)
        }
        Host::Native => {
            let mut example = cargo::native();
            let krate = benchmark
                .file
                .ancestors()
                .nth(2)
                .and_then(Path::file_name)
                .unwrap_or_default();
            example
                .args(["run", "--quiet", "--release", "--example"])
                .arg(benchmark.file.file_stem().unwrap_or_default());
            example
                .arg("-p")
                .arg(format!("portcullis-{}", krate.to_string_lossy()));
            Ok(example)
        }
    }
}

/// The JSON that was written, else the lines that were printed.
fn result(written: &str, text: &str) -> Value {
    serde_json::from_str(written)
        .unwrap_or_else(|_| json!({ "text": text.lines().collect::<Vec<_>>() }))
}

fn keep(tools: &Tools, results: &BTreeMap<String, Value>) -> Result<()> {
    let say = |program: &str, arguments: &[&str]| {
        ask(Command::new(program)
            .current_dir(paths::root())
            .args(arguments))
        .unwrap_or_default()
    };
    let date = say("date", &["-u", "+%Y-%m-%d"]);
    let commit = say("git", &["rev-parse", "--short", "HEAD"]);
    let document = json!({
        "date": date,
        "commit": commit,
        "node": say("node", &["--version"]),
        "rustc": say("rustc", &["-V"]),
        "rustcWasm": tools.wasm.version,
        "cpus": std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
        "system": say("uname", &["-sm"]),
        "results": results,
    });
    let file = paths::root()
        .join("bench/results")
        .join(format!("{date}-{commit}.json"));
    paths::write(&file, format!("{document:#}\n").as_bytes())?;
    println!("kept in {}", file.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_benchmark_that_writes_no_result_keeps_its_text() {
        assert_eq!(result("{\"us\":80}", "verify 80 µs"), json!({"us": 80}));
        assert_eq!(
            result("", "verify 80 µs\npeer 211 µs"),
            json!({"text": ["verify 80 µs", "peer 211 µs"]})
        );
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let known = || {
            vec![Benchmark {
                name: "decide".to_owned(),
                host: Host::Node,
                file: PathBuf::new(),
            }]
        };
        let error = choose(known(), &["decode".to_owned()]).unwrap_err();
        assert_eq!(
            error.sentence(),
            "there's no benchmark `decode`; there are: decide"
        );
        assert_eq!(choose(known(), &[]).unwrap().len(), 1);
    }
}

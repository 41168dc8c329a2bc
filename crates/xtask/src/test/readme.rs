//! The commands of README.md, executed in their order.
//!
//! A mark in a comment stands right before each shell block (fences `sh`, `bash`, `shell`):
//!
//! - `<!-- test -->`: runs to its end and succeeds.
//! - `<!-- test: shows TEXT -->`: the same, and prints TEXT somewhere.
//! - `<!-- test: serves URL -->`: a server on 127.0.0.1; kept running once URL answers with 200.
//! - `<!-- test: skip REASON -->`: can't be run by a test (a clone, a deployment).
//!
//! `<!-- test: stop -->`, without a block, stops the server. A block without a mark fails: a
//! command that nobody tries soon doesn't work.

use std::{fs, path::PathBuf, process::Command, time::Duration};

use super::tally::Tally;
use crate::{
    error::{Result, TaskError},
    group::{Group, POLL},
    http, paths,
    process::run as run_program,
    step::{Step, now},
    tools::cargo::forget_own_package,
};

const SERVES_WITHIN: Duration = Duration::from_mins(10);
const TAIL_LINES: usize = 20;

/// What is done with a block.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Mark {
    Run,
    Shows(String),
    Serves { port: u16, path: String },
    Skip(String),
    Stop,
    Unmarked,
    Unknown(String),
}

/// A shell block, or a mark that stands alone.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Block {
    /// The line of its first command, counted from 1.
    line: usize,
    mark: Mark,
    script: String,
}

/// Runs every marked block; each is one test.
///
/// # Errors
/// When there's no README.md.
pub(crate) fn run(step: &Step) -> Result<Tally> {
    let file = paths::root().join("README.md");
    let text = fs::read_to_string(&file).map_err(|error| TaskError::io("read", &file, &error))?;
    let place = paths::scratch().join("readme");
    paths::remove_dir(&place)?;
    paths::make_dir(&place)?;
    let mut runner = Runner {
        place,
        server: None,
    };
    Ok(parse(&text).iter().fold(Tally::default(), |sum, block| {
        step.line(block.script.lines().next().unwrap_or_default());
        sum.plus(&runner.block(block, step))
    }))
}

#[derive(Debug)]
struct Runner {
    /// Where databases of this run go.
    place: PathBuf,
    server: Option<Group>,
}

impl Runner {
    fn block(&mut self, block: &Block, step: &Step) -> Tally {
        let outcome = match &block.mark {
            Mark::Run => self.finish(block, "", step),
            Mark::Shows(text) => self.finish(block, text, step),
            Mark::Serves { port, path } => self.serve(block, *port, path, step),
            Mark::Skip(reason) => {
                step.print(&format!(
                    "  skipped: README.md line {}: {reason}",
                    block.line
                ));
                return Tally {
                    skipped: 1,
                    ..Tally::default()
                };
            }
            Mark::Stop => {
                self.server = None;
                return Tally::default();
            }
            Mark::Unmarked => Err(TaskError::new(
                "no mark says whether this block is tested; see crates/xtask/src/test/readme.rs",
            )),
            Mark::Unknown(mark) => Err(TaskError::new(format!(
                "`{mark}` isn't a mark; see crates/xtask/src/test/readme.rs"
            ))),
        };
        outcome.map_or_else(
            |error| {
                Tally::broken(
                    &format!("README.md line {}", block.line),
                    &error.to_string(),
                )
            },
            |()| Tally::one_passed(),
        )
    }

    fn finish(&self, block: &Block, shows: &str, step: &Step) -> Result<()> {
        let log = format!("readme-{}", block.line);
        let finished =
            run_program(&mut self.shell(block), &log, step)?.or_fail("the block failed")?;
        if finished.output()?.contains(shows) {
            return Ok(());
        }
        Err(finished.into_error(format!("the output doesn't contain `{shows}`")))
    }

    fn serve(&mut self, block: &Block, port: u16, path: &str, step: &Step) -> Result<()> {
        // The port may be that of the server before.
        self.server = None;
        let mut group = Group::spawn(&mut self.shell(block))?;
        let mut said = Vec::new();
        let began = now();
        while began.elapsed() < SERVES_WITHIN {
            let ended = group.has_ended();
            said.extend(group.lines.try_iter().inspect(|line| step.line(line)));
            if ended {
                return Err(TaskError::new(format!(
                    "{}\nthe server ended by itself",
                    last(&said)
                )));
            }
            if http::status(port, path) == Some(200) {
                self.server = Some(group);
                return Ok(());
            }
            std::thread::sleep(POLL);
        }
        Err(TaskError::new(format!(
            "{}\nthe server didn't answer on port {port}",
            last(&said)
        )))
    }

    fn shell(&self, block: &Block) -> Command {
        let mut bash = Command::new("bash");
        bash.current_dir(paths::root())
            .args(["-euo", "pipefail", "-c", &block.script])
            // Not the developer's own local database.
            .env("PORTCULLIS_STATE_DIR", self.place.join("state"));
        forget_own_package(&mut bash);
        bash
    }
}

fn last(said: &[String]) -> String {
    said.get(said.len().saturating_sub(TAIL_LINES)..)
        .unwrap_or_default()
        .join("\n")
}

/// The shell blocks of a Markdown text with their marks, in order.
fn parse(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut mark = None;
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let line = line.trim();
        if let Some(found) = parse_mark(line) {
            if found == Mark::Stop {
                blocks.push(Block {
                    line: number + 1,
                    mark: found,
                    script: String::new(),
                });
            } else {
                mark = Some(found);
            }
        } else if line.starts_with("```") {
            let script: Vec<&str> = lines
                .by_ref()
                .map(|(_, line)| line)
                .take_while(|line| line.trim() != "```")
                .collect();
            let mark = mark.take();
            if matches!(line, "```sh" | "```bash" | "```shell") {
                let mark = mark.unwrap_or(Mark::Unmarked);
                blocks.push(Block {
                    line: number + 2,
                    mark,
                    script: script.join("\n"),
                });
            }
        } else if !line.is_empty() {
            mark = None;
        }
    }
    blocks
}

fn parse_mark(line: &str) -> Option<Mark> {
    let inner = line.strip_prefix("<!-- test")?.strip_suffix("-->")?.trim();
    let inner = inner.strip_prefix(':').map_or(inner, str::trim);
    Some(match inner.split_once(' ').unwrap_or((inner, "")) {
        ("", "") => Mark::Run,
        ("stop", "") => Mark::Stop,
        ("shows", text) if !text.is_empty() => Mark::Shows(text.to_owned()),
        ("skip", reason) if !reason.is_empty() => Mark::Skip(reason.to_owned()),
        ("serves", url) => parse_local_url(url).map_or_else(
            || Mark::Unknown(inner.to_owned()),
            |(port, path)| Mark::Serves { port, path },
        ),
        _ => Mark::Unknown(inner.to_owned()),
    })
}

/// `http://127.0.0.1:8787/x` as (8787, `/x`).
fn parse_local_url(url: &str) -> Option<(u16, String)> {
    let (port, path) = url.strip_prefix("http://127.0.0.1:")?.split_once('/')?;
    Some((port.parse().ok()?, format!("/{path}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# Title
<!-- test: skip needs the network -->
```sh
git clone x
```
<!-- test: serves http://127.0.0.1:8787/api/auth/ok -->
```sh
cargo xtask dev
```
text

<!-- test: shows \"ok\":true -->

```sh
curl a
curl b
```
<!-- test: stop -->
```rust
fn main() {}
```
```bash
forgotten
```
<!-- test -->
words between
```sh
also forgotten
```
";

    #[test]
    fn each_shell_block_has_the_mark_right_before_it() {
        let marks: Vec<Mark> = parse(TEXT).into_iter().map(|block| block.mark).collect();
        assert_eq!(
            marks,
            [
                Mark::Skip("needs the network".to_owned()),
                Mark::Serves {
                    port: 8787,
                    path: "/api/auth/ok".to_owned()
                },
                Mark::Shows("\"ok\":true".to_owned()),
                Mark::Stop,
                Mark::Unmarked,
                Mark::Unmarked,
            ]
        );
    }

    #[test]
    fn a_block_knows_its_line_and_all_its_commands() {
        let blocks = parse(TEXT);
        assert_eq!(
            (blocks[0].line, blocks[0].script.as_str()),
            (4, "git clone x")
        );
        assert_eq!(blocks[2].script, "curl a\ncurl b");
    }

    #[test]
    fn a_misspelt_mark_is_no_mark() {
        assert_eq!(
            parse_mark("<!-- test: sho x -->"),
            Some(Mark::Unknown("sho x".to_owned()))
        );
        assert_eq!(
            parse_mark("<!-- test: serves https://example.com/ -->")
                .map(|m| matches!(m, Mark::Unknown(_))),
            Some(true)
        );
        assert_eq!(parse_mark("<!-- a comment -->"), None);
    }
}

//! Runs the program, and talks to the server that it is.

use std::fs::File;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub(crate) const EMAIL: &str = "first@example.org";
pub(crate) const PASSWORD: &str = "a password of the tests";

const READY_WITHIN: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(10);

/// The program, without what this process's environment would set up.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PORTCULLIS_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub(crate) fn run(args: &[&str]) -> Output {
    program().args(args).output().unwrap()
}

/// Runs the program with this on its standard input.
pub(crate) fn run_with_input(args: &[&str], input: &str) -> Output {
    let mut command = program();
    command.args(args).stdin(Stdio::piped());
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

/// Everything that a run wrote.
pub(crate) fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    text(&output.stdout) + &text(&output.stderr)
}

/// A directory of its own, with the path that a database in it would have.
pub(crate) struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The database's path as an argument.
    pub(crate) fn db(&self) -> String {
        self.file("portcullis.sqlite").to_str().unwrap().to_owned()
    }

    pub(crate) fn audit(&self) -> Vec<Value> {
        let output = run(&["audit", "export", "--format", "jsonl", "--db", &self.db()]);
        assert!(output.status.success(), "{}", said(&output));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) port: u16,
    out: PathBuf,
    err: PathBuf,
}

impl Server {
    /// Starts the server on a place's database, with the first administrator's password given.
    pub(crate) fn start(place: &Place) -> Self {
        let mut command = program();
        command.env("PORTCULLIS_ADMIN_PASSWORD", PASSWORD);
        // What is tested here is something else.
        command.env("PORTCULLIS_RATES", "off");
        command.env("PORTCULLIS_GUESSES", "off");
        Self::start_as(place, command)
    }

    /// Starts the server with this environment.
    pub(crate) fn start_as(place: &Place, mut command: Command) -> Self {
        let port = free_port();
        let (out, err) = (place.file("out.log"), place.file("err.log"));
        let child = command
            .args([
                "serve",
                "--db",
                &place.db(),
                "--listen",
                &format!("127.0.0.1:{port}"),
            ])
            .args(["--admin-email", EMAIL])
            .stdout(File::create(&out).unwrap())
            .stderr(File::create(&err).unwrap())
            .spawn()
            .unwrap();
        let mut server = Self {
            child,
            port,
            out,
            err,
        };
        server.wait_until_ready();
        server
    }

    fn wait_until_ready(&mut self) {
        let began = Instant::now();
        while began.elapsed() < READY_WITHIN {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the server ended: {status}\n{}", self.said());
            }
            if self
                .get("/api/auth/ok", "")
                .is_some_and(|(status, _)| status == 200)
            {
                return;
            }
            sleep(POLL);
        }
        panic!("the server isn't ready\n{}", self.said());
    }

    /// Everything that it wrote so far.
    pub(crate) fn said(&self) -> String {
        read(&self.out) + &read(&self.err)
    }

    /// What it wrote to standard output, which is the log.
    pub(crate) fn log(&self) -> String {
        read(&self.out)
    }

    /// `kill -9`, in the middle of whatever it does.
    pub(crate) fn kill_nine(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop, as service managers do.
    pub(crate) fn terminate(&self) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// How it ended, `None` if it runs on for `within`.
    pub(crate) fn ended(&mut self, within: Duration) -> Option<ExitStatus> {
        let began = Instant::now();
        while began.elapsed() < within {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status);
            }
            sleep(POLL);
        }
        None
    }

    /// Status and body; `None` without a connection.
    pub(crate) fn get(&self, path: &str, bearer: &str) -> Option<(u16, Value)> {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let request = agent()
            .get(url)
            .header("authorization", format!("Bearer {bearer}"));
        answer(request.call())
    }

    /// Signs the first administrator in; `None` if there is no answer.
    pub(crate) fn sign_in(&self) -> Option<(u16, Value)> {
        sign_in(self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Signs the first administrator in at a port; `None` if there is no whole answer.
pub(crate) fn sign_in(port: u16) -> Option<(u16, Value)> {
    let url = format!("http://127.0.0.1:{port}/api/auth/sign-in/email");
    answer(
        agent()
            .post(url)
            .send_json(json!({ "email": EMAIL, "password": PASSWORD })),
    )
}

fn answer(result: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Option<(u16, Value)> {
    let mut response = result.ok()?;
    let body = response.body_mut().read_to_string().ok()?;
    let value = serde_json::from_str(&body).unwrap_or(Value::Null);
    Some((response.status().as_u16(), value))
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)));
    config.build().into()
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap()
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

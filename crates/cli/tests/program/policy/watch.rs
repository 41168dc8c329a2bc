//! `policy test --watch`: again whenever something changes.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{CLINIC, Place, write};
use crate::support::program;

const CASE: &str = "policy = \"clinic.toml\"\n[[case]]\nname = \"x\"\nprincipal = {}\nrequest = { app = \
                    \"calendar\" }\nexpect = \"allow\"\n";

/// Ends the process when the test does.
struct Watching {
    child: Child,
    out: std::path::PathBuf,
}

impl Watching {
    fn said(&self) -> String {
        std::fs::read_to_string(&self.out).unwrap()
    }

    /// Waits until the program has waited for changes this often.
    #[track_caller]
    fn until_run(&self, times: usize) -> String {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(20) {
            let said = self.said();
            if said.matches("waiting for changes; Ctrl-C ends").count() >= times {
                return said;
            }
            sleep(Duration::from_millis(20));
        }
        panic!("not run {times} times: {}", self.said());
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn watch(place: &Place, file: &str) -> Watching {
    let out = place.file("out.log");
    let child = program()
        .args(["policy", "test", "--watch", file])
        .stdout(File::create(&out).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    Watching { child, out }
}

#[test]
fn a_change_of_the_policy_or_of_the_cases_runs_them_again_until_it_is_stopped() {
    let place = Place::new();
    let policy = write(&place, "clinic.toml", CLINIC);
    let file = write(&place, "clinic.test.toml", CASE);
    let mut watching = watch(&place, &file);
    assert!(watching.until_run(1).contains("1 passed, 0 failed"));
    // The policy changes in two steps, as editors write: through a file beside it.
    let beside = write(
        &place,
        "clinic.toml~",
        &CLINIC.replace("calendar = \"public\"", "calendar = \"beta\""),
    );
    std::fs::rename(beside, Path::new(&policy)).unwrap();
    assert!(watching.until_run(2).contains("0 passed, 1 failed"));
    // Then the case, with a mistake first.
    write(&place, "clinic.test.toml", "policy = \n");
    assert!(watching.until_run(3).contains("1 file can't be read"));
    write(
        &place,
        "clinic.test.toml",
        &CASE.replace("\"allow\"", "\"deny\""),
    );
    assert_eq!(
        watching.until_run(4).matches("1 passed, 0 failed").count(),
        2
    );
    // Without a change nothing runs.
    sleep(Duration::from_millis(600));
    assert_eq!(watching.said().matches("waiting for changes").count(), 4);
    let pid = watching.child.id().to_string();
    assert!(
        Command::new("kill")
            // SIGINT would be ignored where the tests run in a shell's background.
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert!(!watching.child.wait().unwrap().success());
}

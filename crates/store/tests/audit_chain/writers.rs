//! Writers in processes of their own, killed in the middle of writing: the chain neither forks nor breaks.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::{File, add, open, record, verify};

/// Names the database to a process that is to write.
const DATABASE: &str = "PORTCULLIS_TEST_CHAIN_WRITER";
/// How many records a writer writes if nobody kills it; without end when absent.
const COUNT: &str = "PORTCULLIS_TEST_CHAIN_COUNT";

fn writer(path: &Path, count: Option<u32>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "writers::as_a_writer", "--ignored"])
        .env(DATABASE, path)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if let Some(count) = count {
        command.env(COUNT, count.to_string());
    }
    command.spawn().unwrap()
}

#[test]
#[ignore = "run by the others in a process of its own"]
fn as_a_writer() {
    let Some(path) = std::env::var_os(DATABASE) else {
        return;
    };
    let count = std::env::var(COUNT)
        .ok()
        .and_then(|count| count.parse().ok());
    let connection = open(Path::new(&path));
    for number in 0..count.unwrap_or(i64::MAX) {
        // Some transactions hold several records, and some are taken back.
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        for part in 0..=number % 4 {
            add(&connection, &record(number + part));
        }
        let end = if number % 7 == 3 {
            "ROLLBACK"
        } else {
            "COMMIT"
        };
        connection.execute_batch(end).unwrap();
    }
}

#[test]
fn writers_in_several_processes_make_one_chain() {
    let file = File::new();
    let writers: Vec<_> = (0..4).map(|_| writer(file.path(), Some(50))).collect();
    for mut writer in writers {
        assert!(writer.wait().unwrap().success());
    }
    // 50 transactions of 1, 2, 3, 4 records in turn, without the 7 that were taken back.
    let each: i64 = (0..50).filter(|n| n % 7 != 3).map(|n| n % 4 + 1).sum();
    assert_eq!(verify(&open(file.path())), 4 * each);
}

#[test]
fn writers_that_are_killed_leave_a_whole_chain() {
    let file = File::new();
    let mut seen = 0;
    for round in 0..12_u64 {
        let mut writers: Vec<_> = (0..2).map(|_| writer(file.path(), None)).collect();
        // Until they write, and then for a time that is another in every round.
        let connection = open(file.path());
        let count = || -> i64 {
            let sql = "SELECT count(*) FROM audit";
            connection.query_row(sql, [], |row| row.get(0)).unwrap()
        };
        while count() < seen + 5 {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_micros(round * 3_571 % 29_000));
        for writer in &mut writers {
            // SIGKILL: nothing is tidied up.
            writer.kill().unwrap();
        }
        for writer in &mut writers {
            writer.wait().unwrap();
        }
        seen = verify(&connection);
    }
    assert!(seen >= 60, "{seen} records");
}

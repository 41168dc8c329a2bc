//! Many at once, each on a connection of its own to one database: exactly one wins.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Barrier, Mutex};
use std::time::Duration;

use portcullis_service::accounts::{AccountStore, NewHash, NewOneTime, Purpose, SignUpRecord, Use};
use portcullis_service::throttle::account_key;
use portcullis_store::{Driver, MIGRATIONS, Row, SqlStore, Statement, accounts, one_time};
use rusqlite::Connection;

use crate::d1::D1;
use crate::support::{Connected, NOW_MS, done, event, new_user};

const MANY: usize = 64;

/// Files made so far.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// A database that many connect to: a real D1 when one is named, or a file, which goes with the test.
pub(crate) enum Database {
    D1(D1),
    File(PathBuf),
}

impl Database {
    pub(crate) fn new() -> Self {
        let files = MIGRATIONS.iter().map(|migration| migration.sql);
        if let Some(database) = D1::take() {
            database.run_files(files);
            return Self::D1(database);
        }
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("portcullis-parallel-{}-{number}.sqlite", std::process::id());
        let path = std::env::temp_dir().join(name);
        let connection = open(&path);
        let journal = "PRAGMA journal_mode = WAL";
        for file in core::iter::once(journal).chain(files) {
            connection.execute_batch(file).unwrap();
        }
        Self::File(path)
    }

    pub(crate) fn store(&self) -> SqlStore<Connected> {
        SqlStore::new(match self {
            Self::D1(database) => Connected::D1(database.clone()),
            Self::File(path) => Connected::Sqlite(Mutex::new(open(path))),
        })
    }

    /// The one row of a query.
    fn row(&self, sql: String) -> Row {
        let query = Statement::new(sql, Vec::new());
        done(self.store().driver().query(query)).unwrap().remove(0)
    }

    fn count(&self, table: &str) -> i64 {
        let row = self.row(format!("SELECT count(*) AS n FROM {table}"));
        row.integer("n").unwrap()
    }
}

fn open(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(Duration::from_mins(1)).unwrap();
    connection
        .execute_batch("PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL")
        .unwrap();
    connection
}

impl Drop for Database {
    fn drop(&mut self) {
        let Self::File(path) = self else { return };
        for end in ["", "-wal", "-shm"] {
            let mut path = path.clone().into_os_string();
            path.push(end);
            let _ = std::fs::remove_file(path);
        }
    }
}

/// How many of [`MANY`] attempts at the same moment succeed.
pub(crate) fn winners(
    database: &Database,
    attempt: impl Fn(&SqlStore<Connected>, usize) -> bool + Sync,
) -> usize {
    let barrier = Barrier::new(MANY);
    let run = |number: usize| {
        let store = database.store();
        barrier.wait();
        attempt(&store, number)
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..MANY)
            .map(|number| scope.spawn(move || run(number)))
            .collect();
        let won = threads.into_iter().map(|thread| thread.join().unwrap());
        won.filter(|won| *won).count()
    })
}

#[test]
fn one_of_64_uses_of_a_reset_code_sets_its_password() {
    let database = Database::new();
    let store = database.store();
    done(
        store
            .driver()
            .batch(accounts::add_user(&new_user("ann", &[]), false)),
    )
    .unwrap();
    let value = NewOneTime {
        id: "v1".into(),
        secret_hash: "hash".into(),
        purpose: Purpose::ResetPassword,
        payload: "operator".into(),
        created_at_ms: NOW_MS,
        expires_at_ms: NOW_MS + 1000,
    };
    let given = one_time::add_for_email(&value, "ann@example.org");
    done(store.driver().batch(vec![given])).unwrap();
    let secret = "a secret for tests alone, 32 bytes long";
    let secrets = portcullis_issue::secret::Secrets::parse(secret).unwrap();
    let won = winners(&database, |store, number| {
        let by = Use {
            secret_hash: "hash".into(),
            purpose: Purpose::ResetPassword,
            user_id: "ann".into(),
            use_id: format!("use {number}"),
            now_ms: NOW_MS,
        };
        let new = NewHash {
            phc: format!("phc {number}"),
            guesses: account_key(&secrets, "ann@example.org"),
        };
        let event = event("account.password.reset", Some("ann"));
        done(store.reset_password(&by, &new, None, &event)).unwrap()
    });
    assert_eq!(won, 1);
    assert_eq!(database.count("audit"), 1);
    let used = database.row(
        "SELECT replace(used_by, 'use', 'phc') || ' is ' || phc AS used FROM one_time \
         JOIN password USING (user_id)"
            .to_owned(),
    );
    let used = used.text("used").unwrap();
    let (by, phc) = used.split_once(" is ").unwrap();
    assert_eq!(by, phc, "the winner's password is the one that is set");
}

#[test]
fn one_of_64_sign_ups_with_one_address_makes_an_account() {
    let database = Database::new();
    let won = winners(&database, |store, number| {
        let mut user = new_user(&format!("u{number}"), &[]);
        user.user.email = "ann@example.org".into();
        let made = event("account.create", Some(&user.user.id));
        let record = SignUpRecord {
            user,
            session: None,
            verification: None,
            exists: None,
            made,
            refused: event("account.create.refused", None),
        };
        done(store.sign_up(&record)).unwrap()
    });
    assert_eq!(won, 1);
    assert_eq!((database.count("user"), database.count("password")), (1, 1));
    assert_eq!(database.count("audit"), 64);
    assert_eq!(database.count("audit WHERE action = 'account.create'"), 1);
}

#[test]
fn one_of_64_first_administrators_is_made() {
    let database = Database::new();
    let won = winners(&database, |store, number| {
        let user = new_user(&format!("u{number}"), &[("ADMIN", "")]);
        let results = done(store.driver().batch(accounts::add_user(&user, true))).unwrap();
        !results[0].is_empty()
    });
    assert_eq!(won, 1);
    assert_eq!(
        (database.count("user"), database.count("role_grant")),
        (1, 1)
    );
}

//! Many at once, each on a connection of its own to one SQLite in a file: exactly one wins.

use std::path::PathBuf;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use portcullis_service::StoreError;
use portcullis_service::accounts::{AccountStore, NewHash, NewOneTime, Purpose, SignUpRecord, Use};
use portcullis_service::throttle::account_key;
use portcullis_store::{Driver, MIGRATIONS, Row, SqlStore, Statement, accounts, one_time};
use rusqlite::{Connection, TransactionBehavior};

use crate::support::{NOW_MS, done, event, new_user, rows};

const MANY: usize = 64;

/// A connection of its own, as a process has it.
struct OnFile(std::sync::Mutex<Connection>);

impl OnFile {
    fn run(&self, statements: &[Statement]) -> Result<Vec<Vec<Row>>, StoreError> {
        let mut connection = self.0.lock().unwrap();
        let told = |error: rusqlite::Error| StoreError::new(error.to_string());
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(told)?;
        let results = statements
            .iter()
            .map(|statement| rows(&transaction, statement))
            .collect::<Result<_, _>>()
            .map_err(told)?;
        transaction.commit().map_err(told)?;
        Ok(results)
    }
}

impl Driver for OnFile {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        Ok(self.run(&[statement])?.remove(0))
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError> {
        self.run(&statements)
    }
}

/// A database in a file, which goes with the test.
struct File(PathBuf);

impl File {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("portcullis-parallel-{}-{number}.sqlite", std::process::id());
        let file = Self(std::env::temp_dir().join(name));
        let connection = file.connection();
        connection
            .execute_batch("PRAGMA journal_mode = WAL")
            .unwrap();
        for migration in MIGRATIONS {
            connection.execute_batch(migration.sql).unwrap();
        }
        file
    }

    fn connection(&self) -> Connection {
        let connection = Connection::open(&self.0).unwrap();
        connection.busy_timeout(Duration::from_mins(1)).unwrap();
        connection
            .execute_batch("PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL")
            .unwrap();
        connection
    }

    fn store(&self) -> SqlStore<OnFile> {
        SqlStore::new(OnFile(std::sync::Mutex::new(self.connection())))
    }

    fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        let connection = self.connection();
        connection.query_row(&sql, [], |row| row.get(0)).unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let mut path = self.0.clone().into_os_string();
            path.push(end);
            let _ = std::fs::remove_file(path);
        }
    }
}

/// How many of [`MANY`] attempts at the same moment succeed.
fn winners(file: &File, attempt: impl Fn(&SqlStore<OnFile>, usize) -> bool + Sync) -> usize {
    let barrier = Barrier::new(MANY);
    let run = |number: usize| {
        let store = file.store();
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

/// On a D1 they run over HTTP: a test there has one connection.
fn is_skipped() -> bool {
    let is_d1 = std::env::var_os("PORTCULLIS_TEST_D1").is_some();
    if is_d1 {
        println!("skipped: this test needs connections of its own to a SQLite in a file");
    }
    is_d1
}

#[test]
fn one_of_64_uses_of_a_reset_code_sets_its_password() {
    if is_skipped() {
        return;
    }
    let file = File::new();
    let store = file.store();
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
    let won = winners(&file, |store, number| {
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
    assert_eq!(file.count("audit"), 1);
    let used: String = file
        .connection()
        .query_row(
            "SELECT replace(used_by, 'use', 'phc') || ' is ' || phc FROM one_time \
             JOIN password USING (user_id)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let (by, phc) = used.split_once(" is ").unwrap();
    assert_eq!(by, phc, "the winner's password is the one that is set");
}

#[test]
fn one_of_64_sign_ups_with_one_address_makes_an_account() {
    if is_skipped() {
        return;
    }
    let file = File::new();
    let won = winners(&file, |store, number| {
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
    assert_eq!((file.count("user"), file.count("password")), (1, 1));
    assert_eq!(file.count("audit"), 64);
    assert_eq!(file.count("audit WHERE action = 'account.create'"), 1);
}

#[test]
fn one_of_64_first_administrators_is_made() {
    if is_skipped() {
        return;
    }
    let file = File::new();
    let won = winners(&file, |store, number| {
        let user = new_user(&format!("u{number}"), &[("ADMIN", "")]);
        let results = done(store.driver().batch(accounts::add_user(&user, true))).unwrap();
        !results[0].is_empty()
    });
    assert_eq!(won, 1);
    assert_eq!((file.count("user"), file.count("role_grant")), (1, 1));
}

//! Pages far behind: never other accounts than a walk finds, whoever writes and whatever is known of stretches,
//! and no walk where it is known.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use portcullis_service::StoreError;
use portcullis_service::accounts::AccountStore;
use portcullis_service::admin::{AdminStore, Asked, Field, Sort};
use portcullis_store::{Driver, MIGRATIONS, Row, SqlStore, Statement};
use rusqlite::{Connection, StatementStatus};

use crate::done::done;
use crate::rows::rows;
use crate::seeded::Seeded;
use crate::transact::transact;

/// The orders of stretches: their fields, names and columns.
const ORDERS: [(Field, &str, &str); 5] = [
    (Field::CreatedAt, "creation", "created_at_ms"),
    (Field::Email, "email", "email"),
    (Field::Id, "id", "id"),
    (Field::Name, "name", "name_folded"),
    (Field::UpdatedAt, "change", "updated_at_ms"),
];

/// SQLite, and how many steps its last query took.
pub(crate) struct Counted {
    pub(crate) connection: Mutex<Connection>,
    steps: AtomicI64,
}

impl Counted {
    pub(crate) fn new(connection: Connection) -> Arc<Self> {
        connection
            .busy_timeout(core::time::Duration::from_mins(1))
            .unwrap();
        Arc::new(Self {
            connection: Mutex::new(connection),
            steps: AtomicI64::new(0),
        })
    }

    pub(crate) fn empty() -> Arc<Self> {
        let connection = Connection::open_in_memory().unwrap();
        for migration in MIGRATIONS {
            connection.execute_batch(migration.sql).unwrap();
        }
        Self::new(connection)
    }

    pub(crate) fn sql(&self, text: &str) {
        let connection = self.connection.lock().unwrap();
        let told = |error| panic!("{error}: {text}");
        connection.execute_batch(text).unwrap_or_else(told);
    }

    pub(crate) fn number(&self, text: &str) -> i64 {
        let connection = self.connection.lock().unwrap();
        connection.query_row(text, [], |row| row.get(0)).unwrap()
    }

    pub(crate) fn texts(&self, text: &str) -> Vec<String> {
        let connection = self.connection.lock().unwrap();
        let mut prepared = connection.prepare(text).unwrap();
        let found = prepared.query_map([], |row| row.get(0)).unwrap();
        found.collect::<Result<_, _>>().unwrap()
    }

    pub(crate) fn schedule(self: &Arc<Self>) {
        done(SqlStore::new(Shared(self.clone())).prune_accounts(0)).unwrap();
    }

    /// The ids of a page.
    fn page(self: &Arc<Self>, field: Field, descending: bool, offset: u32) -> Vec<String> {
        let asked = Asked {
            search: None,
            filter: None,
            sort: Sort { field, descending },
            limit: 7,
            offset,
            after: None,
            within: None,
            now_ms: 1,
        };
        let store = SqlStore::new(Shared(self.clone()));
        let listed = done(store.list_accounts(&asked)).unwrap();
        let total = self.number("SELECT count(*) FROM user");
        assert_eq!(listed.total, Some(total));
        let ids = listed
            .accounts
            .into_iter()
            .map(|(account, _)| account.user.id);
        ids.collect()
    }

    /// Stretches whose number isn't that of the accounts in them.
    pub(crate) fn wrong(&self) -> i64 {
        let wrong = ORDERS.map(|(_, name, column)| {
            let counted = counted(name, column);
            self.number(&format!(
                "SELECT count(*) FROM ({counted}) WHERE accounts <> found"
            ))
        });
        wrong.into_iter().sum()
    }

    /// Stretches and blocks that begin at what no account has.
    pub(crate) fn of_nobody(&self) -> i64 {
        let stretches = ORDERS.map(|(_, name, column)| match name {
            "email" | "id" => self.number(&format!(
                "SELECT count(*) FROM user_stretch WHERE ord = '{name}' AND first <> '' \
                 AND first NOT IN (SELECT {column} FROM user)"
            )),
            _ => self.number(&format!(
                "SELECT count(*) FROM (SELECT * FROM user_stretch WHERE ord = '{name}' \
                 ORDER BY first, first_id LIMIT -1 OFFSET 1) \
                 WHERE NOT EXISTS (SELECT 1 FROM user WHERE id = +first_id AND {column} = +first)"
            )),
        });
        let blocks = [("email", "email"), ("name", "name_folded")].map(|(field, column)| {
            self.number(&format!(
                "SELECT count(*) FROM user_block WHERE field = '{field}' AND first <> '' \
                 AND first NOT IN (SELECT {column} FROM user)"
            ))
        });
        stretches.into_iter().chain(blocks).sum()
    }

    /// Every number becomes known.
    fn count(&self) {
        for (_, name, column) in ORDERS {
            let counted = counted(name, column);
            self.sql(&format!(
                "UPDATE user_stretch AS s SET accounts = c.found FROM ({counted}) c \
                 WHERE (s.ord, s.first, s.first_id) = ('{name}', c.first, c.first_id)"
            ));
        }
    }

    /// Every order both ways, at some places, against a walk.
    fn is_as_walked(self: &Arc<Self>, random: &mut Seeded) {
        let all = u64::try_from(self.number("SELECT count(*) FROM user")).unwrap();
        for (field, _, column) in ORDERS {
            for (descending, direction) in [(false, "ASC"), (true, "DESC")] {
                for offset in [
                    1,
                    random.next() % (all + 9),
                    all.saturating_sub(3),
                    all,
                    all + 1,
                ] {
                    let some = self.texts(&format!(
                        "SELECT id FROM user ORDER BY {column} {direction}, id {direction} \
                         LIMIT 7 OFFSET {offset}"
                    ));
                    let page = self.page(field, descending, u32::try_from(offset).unwrap());
                    assert_eq!(page, some, "{field:?} {direction} from {offset} of {all}");
                }
            }
        }
    }
}

pub(crate) struct Shared(pub(crate) Arc<Counted>);

impl Driver for Shared {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        let connection = self.0.connection.lock().unwrap();
        let status = |reset: bool| {
            let prepared = connection.prepare_cached(statement.sql()).unwrap();
            if reset {
                prepared.reset_status(StatementStatus::VmStep).into()
            } else {
                i64::from(prepared.get_status(StatementStatus::VmStep))
            }
        };
        let _: i64 = status(true);
        let found = rows(&connection, &statement).map_err(|e| StoreError::new(e.to_string()))?;
        self.0.steps.store(status(false), Ordering::Relaxed);
        Ok(found)
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError> {
        transact(&mut self.0.connection.lock().unwrap(), &statements)
    }
}

/// The stretches of an order, with how many accounts are `found` in them.
fn counted(name: &str, column: &str) -> String {
    let (account, first, edge) = match name {
        "email" | "id" => (column.to_owned(), "+s.first", "+s.edge"),
        _ => {
            let account = format!("({column}, id)");
            (account, "(+s.first, +s.first_id)", "(+s.edge, +s.edge_id)")
        }
    };
    format!(
        "SELECT s.*, (SELECT count(*) FROM user WHERE {account} >= {first} AND {account} < {edge}) AS found \
         FROM (SELECT *, lead(first, 1, x'') OVER w AS edge, lead(first_id, 1, '') OVER w AS edge_id \
         FROM user_stretch WHERE ord = '{name}' WINDOW w AS (ORDER BY first, first_id)) s"
    )
}

/// `count` accounts from number `from` on, in one statement: many have a name and times in common.
fn people(from: u32, count: u32) -> String {
    let to = from + count - 1;
    format!(
        "WITH RECURSIVE n (i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {to}) \
         INSERT INTO user (id, email, name, name_folded, created_at_ms, updated_at_ms) \
         SELECT printf('u%08d', i * 7919 % 1000003), 'p' || (i * 104729 % 1000003) || '@example.org', \
         'N', CASE i % 3 WHEN 0 THEN 'n' ELSE 'n' || i % 50 END, i / 5000, i % 2 FROM n"
    )
}

/// At one of the accounts a stretch begins, and a block.
pub(crate) fn divide(world: &Arc<Counted>, random: &mut Seeded) {
    let mut pick = |of: u64| random.next() % of;
    let (_, name, column) = ORDERS[usize::try_from(pick(5)).unwrap()];
    let id = ["id", "''"][usize::from(column == "email" || column == "id")];
    let account = format!("FROM user ORDER BY id LIMIT 1 OFFSET {}", pick(30));
    world.sql(&format!(
        "INSERT INTO user_stretch (ord, first, first_id, accounts) SELECT '{name}', {column}, {id}, 5 {account}"
    ));
    let (field, column) = [("email", "email"), ("name", "name_folded")][usize::from(pick(2) == 0)];
    world.sql(&format!(
        "INSERT INTO user_block (field, first) SELECT '{field}', {column} {account}"
    ));
}

pub(crate) fn change(world: &Arc<Counted>, random: &mut Seeded) {
    let mut pick = |of: u64| random.next() % of;
    let (id, email) = (format!("u{}", pick(40)), format!("e{}@x.org", pick(40)));
    let name = ["", "Ann", "ann", "Bo", "bz"][usize::try_from(pick(5)).unwrap()];
    let (made, changed) = (pick(12), pick(12));
    let insert = |how: &str, tail: &str| {
        format!(
            "{how} INTO user (id, email, name, created_at_ms, updated_at_ms) \
             VALUES ('{id}', '{email}', '{name}', {made}, {changed}) {tail}"
        )
    };
    let update = |how: &str, set: &str| format!("UPDATE {how} user SET {set} WHERE id = '{id}'");
    world.sql(&match pick(12) {
        0 => insert("INSERT OR REPLACE", ""),
        1 => insert("REPLACE", ""),
        2 | 3 => insert("INSERT OR IGNORE", ""),
        4 => insert(
            "INSERT",
            "ON CONFLICT (email) DO NOTHING ON CONFLICT (id) DO NOTHING",
        ),
        5 => insert(
            "INSERT",
            "ON CONFLICT (id) DO UPDATE SET name_folded = 'x', updated_at_ms = 3 \
             ON CONFLICT (email) DO UPDATE SET created_at_ms = 2",
        ),
        6 => format!("DELETE FROM user WHERE id = '{id}'"),
        7 => update(
            "OR REPLACE",
            &format!("email = '{email}', updated_at_ms = {changed}"),
        ),
        8 => update("OR REPLACE", &format!("id = 'u{made}'")),
        9 => update("OR IGNORE", &format!("id = 'u{made}', email = '{email}'")),
        10 => update(
            "",
            &format!("created_at_ms = {made}, name_folded = lower('{name}')"),
        ),
        _ => format!("UPDATE user SET updated_at_ms = {changed} WHERE created_at_ms = {made}"),
    });
}

#[test]
fn stretches_are_right_after_every_write_and_pages_are_as_walked() {
    for recursive in ["OFF", "ON"] {
        let world = Counted::empty();
        world.sql(&format!("PRAGMA recursive_triggers = {recursive}"));
        let mut random = Seeded(21);
        let mut known = 0;
        for number in 0..1500_i64 {
            match number % 50 {
                12 => world.count(),
                n if n % 4 == 1 => divide(&world, &mut random),
                20 if number > 1200 => world.schedule(),
                30 => world.sql(
                    "DELETE FROM user_stretch WHERE first_id <> '' AND ord = 'creation' AND first > 6",
                ),
                40 if number % 3 == 0 => world.sql("DELETE FROM user WHERE updated_at_ms > 8"),
                _ => change(&world, &mut random),
            }
            assert_eq!(world.wrong(), 0, "{recursive}, after {number}");
            assert_eq!(world.of_nobody(), 0, "{recursive}, after {number}");
            if number % 10 == 0 {
                world.is_as_walked(&mut random);
            }
            known += world.number("SELECT count(*) - 5 FROM user_stretch WHERE accounts > 0");
        }
        assert!(known > 2500, "{known}");
    }
}

#[test]
fn the_schedule_divides_what_has_grown_and_joins_what_got_short() {
    let world = Counted::empty();
    let mut random = Seeded(4);
    let stretches = "SELECT count(*) FROM user_stretch";
    let waits = "SELECT count(*) FROM user_stretch WHERE accounts IS NULL OR accounts > 8000";
    world.sql(&people(0, 8000));
    world.schedule();
    assert_eq!(world.number(stretches), 5, "8000 are no reason");
    world.sql(&people(8000, 1));
    world.schedule();
    assert_eq!((world.number(stretches), world.number(waits)), (10, 0));
    world.sql(&people(8001, 28_000));
    assert_eq!(world.wrong(), 0);
    world.is_as_walked(&mut random);
    world.schedule();
    assert_eq!((world.wrong(), world.number(waits)), (0, 0));
    let made = world.number(stretches);
    assert!((30..=45).contains(&made), "{made}");
    world.is_as_walked(&mut random);

    // Nine in ten go, and whoever is left moves to the end of an order.
    world.sql(
        "DELETE FROM user WHERE rowid % 10 > 0; UPDATE user SET updated_at_ms = 1_000 + rowid",
    );
    assert_eq!(world.wrong(), 0);
    for round in 0..3 {
        world.sql(&people(100_000 + round * 8100, 8100));
        world.sql("UPDATE user SET updated_at_ms = updated_at_ms + 100000 WHERE rowid % 3 = 0");
        world.schedule();
        assert_eq!((world.wrong(), world.number(waits)), (0, 0));
    }
    let most = 2 * world.number("SELECT count(*) FROM user") / 4000 * 5 + 5;
    let made = world.number(stretches);
    assert!(made <= most, "{made} of {most}");
    world.is_as_walked(&mut random);
}

#[test]
fn a_page_far_behind_takes_no_more_steps_than_one_that_begins_within_a_stretch() {
    let world = Counted::empty();
    world.sql(&people(0, 60_000));
    world.schedule();
    let steps = |field, descending, offset| {
        world.page(field, descending, offset);
        world.steps.load(Ordering::Relaxed)
    };
    for (field, name, _) in ORDERS {
        for descending in [false, true] {
            let near = steps(field, descending, 2000);
            let far = steps(field, descending, 54_000);
            // Fifteen stretches are added up; an account that is walked past is five steps.
            assert!(far < near + 30_000, "{name}, {descending}: {near}, {far}");
            assert!(
                steps(field, descending, 900_000) < 10_000,
                "behind the last"
            );
        }
    }
    world.sql("UPDATE user_stretch SET accounts = NULL WHERE first_id = ''");
    let walk = steps(Field::CreatedAt, false, 54_000);
    assert!(
        walk > 200_000,
        "{walk}: a stretch of unknown length is walked through"
    );
}

#[test]
fn nothing_waits_for_a_schedule_that_has_nothing_to_do() {
    let world = Counted::empty();
    world.sql(&people(0, 20_000));
    world.schedule();
    let before = world.number("SELECT total_changes()");
    world.schedule();
    assert_eq!(world.number("SELECT total_changes()"), before);
}

/// Backups: rows that are put in are no proof of what is there.
#[test]
fn a_stretch_that_comes_from_elsewhere_is_of_unknown_length() {
    let world = Counted::empty();
    world.sql(&people(0, 300));
    world.sql("INSERT INTO user_stretch (ord, first, first_id, accounts) SELECT ord, first, first_id, 9 FROM user_stretch");
    assert_eq!(
        (
            world.wrong(),
            world.number("SELECT count(accounts) FROM user_stretch")
        ),
        (0, 5)
    );
    for add in ["INSERT", "INSERT OR REPLACE"] {
        world.sql(&format!(
            "{add} INTO user_stretch (ord, first, first_id, accounts) SELECT 'email', email, '', 9 \
             FROM user WHERE rowid = 9"
        ));
        assert_eq!(world.number("SELECT count(accounts) FROM user_stretch"), 4);
    }
    world.is_as_walked(&mut Seeded(1));
    world.schedule();
    assert_eq!(
        (
            world.wrong(),
            world.number("SELECT count(accounts) FROM user_stretch")
        ),
        (0, 5)
    );
    let connection = world.connection.lock().unwrap();
    let gone = connection
        .execute("DELETE FROM user_stretch", [])
        .unwrap_err();
    assert!(
        gone.to_string()
            .contains("the first stretch is never deleted"),
        "{gone}"
    );
}

#[test]
fn what_conflicted_with_an_account_that_did_not_come_is_not_kept() {
    let world = Counted::empty();
    world.sql(&people(0, 3));
    let taken = "INSERT INTO user (id, email, name, created_at_ms, updated_at_ms) \
         SELECT 'other', email, 'x', 1, 1 FROM user LIMIT 1 ON CONFLICT (email) DO NOTHING";
    world.sql(taken);
    assert_eq!(world.number("SELECT count(*) FROM user_replaced"), 1);
    world.sql("DELETE FROM user WHERE id IN (SELECT id FROM user_replaced)");
    assert_eq!(world.number("SELECT count(*) FROM user_replaced"), 0);
    world.sql(taken);
    world.sql(&people(10, 1));
    assert_eq!(world.number("SELECT count(*) FROM user_replaced"), 0);
    assert_eq!(world.wrong(), 0);
}

#[test]
fn writers_beside_the_schedule_and_ones_that_are_cut_off_leave_numbers_right() {
    let folder = std::env::temp_dir().join(format!("portcullis-stretches-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = &folder.join("users.sqlite");
    let first = Connection::open(file).unwrap();
    first.execute_batch("PRAGMA journal_mode = WAL").unwrap();
    for migration in MIGRATIONS {
        first.execute_batch(migration.sql).unwrap();
    }
    let schedule = Counted::new(first);
    std::thread::scope(|scope| {
        for writer in 0..2_u32 {
            let other = Counted::new(Connection::open(file).unwrap());
            scope.spawn(move || {
                for round in 0..15 {
                    let from = (writer * 100 + round) * 900;
                    other.sql(&format!("BEGIN IMMEDIATE; {}; COMMIT", people(from, 900)));
                    other.sql("BEGIN IMMEDIATE; DELETE FROM user WHERE rowid % 7 = 0");
                    // The next connection takes the place of one that ends amidst a transaction.
                    if round % 4 == 3 {
                        *other.connection.lock().unwrap() = Connection::open_in_memory().unwrap();
                        let again = Connection::open(file).unwrap();
                        again
                            .busy_timeout(core::time::Duration::from_mins(1))
                            .unwrap();
                        *other.connection.lock().unwrap() = again;
                    } else {
                        other.sql("COMMIT");
                    }
                }
            });
        }
        for _ in 0..40 {
            schedule.schedule();
            assert_eq!(schedule.wrong(), 0);
        }
    });
    schedule.schedule();
    assert_eq!(schedule.wrong(), 0);
    assert!(schedule.number("SELECT count(*) FROM user_stretch") > 5);
    schedule.is_as_walked(&mut Seeded(8));
    drop(schedule);
    std::fs::remove_dir_all(&folder).unwrap();
}

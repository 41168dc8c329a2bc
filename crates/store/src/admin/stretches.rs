//! How a page far behind is found without walking there: each order of lists is divided into stretches of
//! which the number of accounts is known.
//!
//! A number is exact, or unknown: from a stretch of unknown length on, a page walks. So numbers make a page
//! fast, and never decide whom it has.

use portcullis_service::StoreError;
use portcullis_service::admin::Field;

use crate::{Row, Statement};

/// Accounts of a stretch that is made: with a million accounts, adding up all stretches takes as long as walking
/// through one. One of more than twice as many waits to be divided.
const STRETCH: u32 = 4000;
/// Most stretches of an order that are divided in one go, and most that there are of these then.
const DIVIDED: u32 = 20;
const PIECES: u32 = 70;
/// How often at a time: enough for a million accounts.
pub(super) const ROUNDS: usize = 6;

/// What the index of stretches that wait is of, word for word.
const WAITS: &str = "(accounts IS NULL OR accounts > 8000)";

/// An order of lists that has stretches.
#[derive(Clone, Copy)]
pub(super) struct Order {
    name: &'static str,
    /// What accounts `u` are ordered by.
    key: &'static str,
    is_unique: bool,
}

const CHANGE: Order = Order::by("change", "u.updated_at_ms");
const CREATION: Order = Order::by("creation", "u.created_at_ms");
const EMAIL: Order = Order::by_unique("email", "u.email");
const ID: Order = Order::by_unique("id", "u.id");
const NAME: Order = Order::by("name", "u.name_folded");

/// Where a page begins, and the rest of its way.
pub(super) struct Begun {
    /// A table of the statement's `WITH`.
    pub(super) with: String,
    /// The accounts `u` from the stretch on in which the page begins.
    pub(super) from_stretch: String,
    /// How many of these come before the page.
    pub(super) offset: String,
}

impl Order {
    const fn by(name: &'static str, key: &'static str) -> Self {
        Self {
            name,
            key,
            is_unique: false,
        }
    }

    const fn by_unique(name: &'static str, key: &'static str) -> Self {
        Self {
            name,
            key,
            is_unique: true,
        }
    }

    pub(super) const fn of(field: Field) -> Option<Self> {
        match field {
            Field::UpdatedAt => Some(CHANGE),
            Field::CreatedAt => Some(CREATION),
            Field::Email => Some(EMAIL),
            Field::Id => Some(ID),
            Field::Name => Some(NAME),
            _ => None,
        }
    }

    fn named(name: &str) -> Result<Self, StoreError> {
        let all = [CHANGE, CREATION, EMAIL, ID, NAME];
        let found = all.into_iter().find(|order| order.name == name);
        found.ok_or_else(|| StoreError::new("there are stretches of no order"))
    }

    /// Whether an account lies before or behind a border. A column would be compared as what it is, by half
    /// of the index: with `+` it is a value.
    fn account_is(self, sign: &str, key: &str, id: &str) -> String {
        let account = self.key;
        if self.is_unique {
            format!("{account} {sign} +{key}")
        } else {
            format!("({account}, u.id) {sign} (+{key}, +{id})")
        }
    }

    /// A page of all accounts that begins behind so many. Its stretch is the first one to reach beyond them,
    /// or of unknown length; none does if there aren't as many accounts.
    pub(super) fn begun(self, behind: &str, descending: bool) -> Begun {
        let name = self.name;
        let direction = if descending { "DESC" } else { "ASC" };
        let order = format!("ORDER BY first {direction}, first_id {direction}");
        // A walk down sets out from where the next stretch begins, or from behind everything.
        let next = |column: &str, behind_all: &str| {
            format!(
                "coalesce((SELECT n.{column} FROM user_stretch n WHERE n.ord = '{name}' \
                 AND (n.first, n.first_id) > (+s.first, +s.first_id) ORDER BY n.first, n.first_id LIMIT 1), \
                 {behind_all})"
            )
        };
        let (edge, edge_id, sign) = if descending {
            (next("first", "x''"), next("first_id", "''"), "<")
        } else {
            ("s.first".to_owned(), "s.first_id".to_owned(), ">=")
        };
        let with = format!(
            "begun AS MATERIALIZED (SELECT {edge} AS edge, {edge_id} AS edge_id, \
             s.reached - coalesce(s.accounts, 0) AS passed FROM (SELECT first, first_id, accounts, reached \
             FROM (SELECT first, first_id, accounts, sum(accounts) OVER (w ROWS UNBOUNDED PRECEDING) AS reached \
             FROM user_stretch WHERE ord = '{name}' WINDOW w AS ({order})) \
             WHERE accounts IS NULL OR reached > {behind} {order} LIMIT 1) s), "
        );
        let account = self.key;
        let from_stretch = if self.is_unique {
            format!("{account} {sign} (SELECT edge FROM begun)")
        } else {
            format!("({account}, u.id) {sign} (SELECT edge, +edge_id FROM begun)")
        };
        Begun {
            with,
            from_stretch,
            offset: format!("{behind} - coalesce((SELECT passed FROM begun), 0)"),
        }
    }

    fn count(self) -> String {
        let name = self.name;
        let behind = self.account_is(">=", "s.first", "s.first_id");
        let before = self.account_is("<", "s.edge", "s.edge_id");
        format!(
            "UPDATE user_stretch SET accounts = (SELECT count(*) FROM user u WHERE {behind} AND {before}) \
             FROM (SELECT first, first_id, accounts, lead(first, 1, x'') OVER w AS edge, \
             lead(first_id, 1, '') OVER w AS edge_id FROM user_stretch WHERE ord = '{name}' \
             WINDOW w AS (ORDER BY first, first_id)) s WHERE s.accounts IS NULL \
             AND user_stretch.ord = '{name}' AND user_stretch.first = +s.first \
             AND user_stretch.first_id = +s.first_id"
        )
    }

    /// A piece begins so many accounts behind the one before it; the last is no short one.
    fn divide(self) -> String {
        let Self { name, key, .. } = self;
        let behind = self.account_is(">=", "piece.first", "piece.first_id");
        let (first_id, order) = if self.is_unique {
            ("''", key.to_owned())
        } else {
            ("u.id", format!("{key}, u.id"))
        };
        let rest = STRETCH + STRETCH / 2;
        format!(
            "WITH RECURSIVE piece (first, first_id, rest) AS (SELECT * FROM (SELECT first, first_id, accounts \
             FROM user_stretch INDEXED BY user_stretch_waits WHERE ord = '{name}' AND {WAITS} \
             LIMIT {DIVIDED}) UNION ALL SELECT {key}, {first_id}, piece.rest - {STRETCH} \
             FROM piece CROSS JOIN user u ON u.rowid = (SELECT u.rowid FROM user u WHERE {behind} \
             ORDER BY {order} LIMIT 1 OFFSET {STRETCH}) WHERE piece.rest > {rest} LIMIT {PIECES}) \
             INSERT INTO user_stretch (ord, first, first_id) SELECT '{name}', first, first_id FROM piece"
        )
    }

    /// One of two neighbours that are short together falls to the other, so that there aren't ever more for
    /// accounts that move through the order.
    fn join(self) -> String {
        let name = self.name;
        format!(
            "DELETE FROM user_stretch WHERE ord = '{name}' AND (first, first_id) IN (SELECT first, first_id \
             FROM (SELECT first, first_id, row_number() OVER w AS place, \
             accounts + lag(accounts) OVER w AS together FROM user_stretch WHERE ord = '{name}' \
             WINDOW w AS (ORDER BY first, first_id)) WHERE place % 2 = 0 AND together <= {STRETCH})"
        )
    }
}

/// Orders with stretches that have grown, or are of unknown length.
pub(super) fn waiting() -> Statement {
    Statement::new(
        format!(
            "SELECT DISTINCT ord FROM user_stretch INDEXED BY user_stretch_waits WHERE {WAITS}"
        ),
        Vec::new(),
    )
}

/// Counts and divides what waits in the orders of rows of [`waiting`]. Each number is read and written in one
/// statement, so nobody writes in between.
pub(super) fn divided(rows: &[Row]) -> Result<Vec<Statement>, StoreError> {
    let mut statements = Vec::new();
    for row in rows {
        let order = Order::named(&row.text("ord")?)?;
        let all = [order.count(), order.divide(), order.count(), order.join()];
        statements.extend(all.map(|sql| Statement::new(sql, Vec::new())));
    }
    Ok(statements)
}

//! Counts of requests and of wrong passwords. Each is one conditional statement, which answers
//! whether it was granted and how the count stands, so that nothing is read before it is written.

use portcullis_service::throttle::{
    AccountKey, Granted, Guess, GuessAsk, GuessOpening, PermitAsk, SignInAsk, SignInOpening,
    ThrottleStore,
};
use portcullis_service::{AuditEvent, NewSession, StoreError};

use crate::{Driver, Row, SqlStore, Statement, Value, accounts, sessions};

/// Rows deleted in one go, so that the statement stays short.
const PRUNED_AT_ONCE: i64 = 2000;

/// How many of the permits that are asked for have room: `?2` now, `?3` for each, `?4` for all,
/// `?5` wanted. Time never goes back: a request that read its clock before another and is counted
/// after it is as late as that. Whole numbers may arrive as doubles, whose division isn't whole.
macro_rules! room {
    () => {
        "min(?5, CAST((max(?2, asked_us) + ?4 - max(arrival_us, ?2, asked_us)) / ?3 AS INTEGER))"
    };
}

macro_rules! permit {
    ($condition:literal) => {
        concat!(
            "INSERT INTO rate (key, arrival_us, asked_us, granted, grant_id) ",
            "SELECT ?1, ?2 + ?5 * ?3, ?2, ?5, ?7 WHERE ",
            $condition,
            " ON CONFLICT (key) DO UPDATE SET asked_us = max(?2, asked_us), arrival_us = CASE WHEN ",
            room!(),
            " >= ?6 THEN max(arrival_us, ?2, asked_us) + ",
            room!(),
            " * ?3 ELSE arrival_us END, granted = CASE WHEN ",
            room!(),
            " >= ?6 THEN ",
            room!(),
            " ELSE 0 END, grant_id = CASE WHEN ",
            room!(),
            " >= ?6 THEN ?7 ELSE '' END RETURNING granted, arrival_us"
        )
    };
}

/// Takes permits; with `after`, only if that one was granted by the same batch. A row says how
/// many; none says that it didn't come to that.
fn permit(ask: &PermitAsk, after: Option<&PermitAsk>, grant_id: &str, now_us: i64) -> Statement {
    let mut params = vec![
        ask.key.as_str().into(),
        now_us.into(),
        ask.rate.interval_us().into(),
        ask.rate.window_us().into(),
        i64::from(ask.want).into(),
        i64::from(ask.least).into(),
        grant_id.into(),
    ];
    let Some(after) = after else {
        return Statement::new(permit!("1"), params);
    };
    params.push(after.key.as_str().into());
    Statement::new(
        permit!("EXISTS (SELECT 1 FROM rate WHERE key = ?8 AND grant_id = ?7)"),
        params,
    )
}

pub(crate) fn permits(asks: &[PermitAsk], grant_id: &str, now_us: i64) -> Vec<Statement> {
    let before = core::iter::once(None).chain(asks.iter().map(Some));
    asks.iter()
        .zip(before)
        .map(|(ask, before)| permit(ask, before, grant_id, now_us))
        .collect()
}

pub(crate) fn granted(row: &Row) -> Result<Granted, StoreError> {
    let permits = u32::try_from(row.integer("granted")?);
    Ok(Granted {
        permits: permits.map_err(|_| row.inconsistent("granted", "a small number"))?,
        arrival_us: row.integer("arrival_us")?,
    })
}

/// `?3` now, `?4` what is before it is forgotten, `?6` failures at most.
macro_rules! is_open {
    () => {
        "(changed_at_ms <= ?4 OR (open_at_ms <= ?3 AND failures < ?6))"
    };
}

/// Failures in a row with this one.
macro_rules! next {
    () => {
        "(CASE WHEN changed_at_ms <= ?4 THEN 1 ELSE failures + 1 END)"
    };
}

macro_rules! guess {
    ($condition:literal) => {
        concat!(
            "INSERT INTO password_guess (account, source, failures, open_at_ms, changed_at_ms, ",
            "grant_id) SELECT ?1, ?2, 1, ?9, ?3, ?10 WHERE ",
            $condition,
            " ON CONFLICT (account, source) DO UPDATE SET failures = CASE WHEN ",
            is_open!(),
            " THEN ",
            next!(),
            " ELSE failures END, open_at_ms = CASE WHEN ",
            is_open!(),
            " THEN (CASE WHEN ",
            next!(),
            " < ?5 THEN 0 ELSE ?3 + min(?8, ?7 << min(",
            next!(),
            " - ?5, 30)) END) ELSE open_at_ms END, changed_at_ms = CASE WHEN ",
            is_open!(),
            " THEN max(?3, changed_at_ms) ELSE changed_at_ms END, grant_id = CASE WHEN ",
            is_open!(),
            " THEN ?10 ELSE '' END RETURNING failures, open_at_ms, changed_at_ms, ",
            "grant_id = ?10 AS is_open"
        )
    };
}

/// Counts a guess as a failure if one may be made; with `after`, only if that permit was granted by
/// the same batch. No row says that it didn't come to that.
pub(crate) fn guess(
    ask: &GuessAsk,
    after: Option<&PermitAsk>,
    grant_id: &str,
    now_ms: i64,
) -> Statement {
    // 0 rather than now: guesses at the same time aren't counted in the order of their clocks.
    let first_open_ms = if ask.free > 1 {
        0
    } else {
        now_ms.saturating_add(ask.delay_ms.min(ask.cap_ms))
    };
    let mut params: Vec<Value> = vec![
        ask.guess.account().as_str().into(),
        ask.guess.source().into(),
        now_ms.into(),
        ask.forgotten_ms.into(),
        i64::from(ask.free).into(),
        i64::from(ask.max).into(),
        ask.delay_ms.into(),
        ask.cap_ms.into(),
        first_open_ms.into(),
        grant_id.into(),
    ];
    let Some(after) = after else {
        return Statement::new(guess!("1"), params);
    };
    params.push(after.key.as_str().into());
    Statement::new(
        guess!("EXISTS (SELECT 1 FROM rate WHERE key = ?11 AND grant_id = ?10)"),
        params,
    )
}

pub(crate) fn opening(row: &Row) -> Result<GuessOpening, StoreError> {
    let failures = u32::try_from(row.integer("failures")?);
    Ok(GuessOpening {
        is_open: row.flag("is_open")?,
        failures: failures.map_err(|_| row.inconsistent("failures", "a small number"))?,
        open_at_ms: row.integer("open_at_ms")?,
        changed_at_ms: row.integer("changed_at_ms")?,
    })
}

/// The permit, the guess and the credential of a sign-in, in this order; the first two where they
/// are asked for.
pub(crate) fn sign_in(ask: &SignInAsk<'_>) -> Vec<Statement> {
    let now_us = ask.now_ms.saturating_mul(1000);
    let after = ask.permit.as_ref();
    let mut statements = Vec::with_capacity(3);
    statements.extend(after.map(|permit_ask| permit(permit_ask, None, &ask.grant_id, now_us)));
    let counted = ask.guess.as_ref();
    statements.extend(counted.map(|counted| guess(counted, after, &ask.grant_id, ask.now_ms)));
    statements.push(accounts::credential_by_email(ask.email));
    statements
}

/// Forgets the failures that led up to a guess: it was right.
#[must_use]
pub fn forget(guess: &Guess) -> Statement {
    Statement::new(
        "DELETE FROM password_guess WHERE account = ?1 AND source = ?2",
        vec![guess.account().as_str().into(), guess.source().into()],
    )
}

/// As [`forget`], only if a session with this id exists.
pub(crate) fn forget_if_session(guess: &Guess, session_id: &str) -> Statement {
    Statement::new(
        "DELETE FROM password_guess WHERE account = ?1 AND source = ?2 \
         AND EXISTS (SELECT 1 FROM session WHERE id = ?3)",
        vec![
            guess.account().as_str().into(),
            guess.source().into(),
            session_id.into(),
        ],
    )
}

/// Forgets all failures at an account's password: it has a new one.
#[must_use]
pub fn forget_account(account: &AccountKey) -> Statement {
    Statement::new(
        "DELETE FROM password_guess WHERE account = ?1",
        vec![account.as_str().into()],
    )
}

/// An operator forgets all failures at an account's password; the first statement gives a row if there is
/// this account.
#[must_use]
pub fn unlock(email: &str, account: &AccountKey) -> [Statement; 2] {
    [
        Statement::new("SELECT id FROM user WHERE email = ?1", vec![email.into()]),
        forget_account(account),
    ]
}

/// Each returns a row for everything that it deleted.
pub(crate) fn prune(now_ms: i64, forgotten_ms: i64) -> Vec<Statement> {
    vec![
        Statement::new(
            "DELETE FROM rate WHERE key IN (SELECT key FROM rate WHERE arrival_us <= ?1 \
             ORDER BY arrival_us LIMIT ?2) RETURNING 1 AS deleted",
            vec![now_ms.saturating_mul(1000).into(), PRUNED_AT_ONCE.into()],
        ),
        Statement::new(
            "DELETE FROM password_guess WHERE (account, source) IN (SELECT account, source \
             FROM password_guess WHERE changed_at_ms <= ?1 ORDER BY changed_at_ms LIMIT ?2) \
             RETURNING 1 AS deleted",
            vec![forgotten_ms.into(), PRUNED_AT_ONCE.into()],
        ),
    ]
}

impl<D: Driver> ThrottleStore for SqlStore<D> {
    async fn take_permits(
        &self,
        asks: &[PermitAsk],
        grant_id: &str,
        now_us: i64,
    ) -> Result<Vec<Granted>, StoreError> {
        let results = self.driver.batch(permits(asks, grant_id, now_us)).await?;
        results
            .iter()
            .map_while(|rows| rows.first())
            .map(granted)
            .collect()
    }

    async fn open_guess(
        &self,
        ask: &GuessAsk,
        grant_id: &str,
        now_ms: i64,
    ) -> Result<GuessOpening, StoreError> {
        let statement = guess(ask, None, grant_id, now_ms);
        let results = self.driver.batch(vec![statement]).await?;
        let row = results.first().and_then(|rows| rows.first());
        opening(row.ok_or_else(|| StoreError::new("a guess was neither counted nor refused"))?)
    }

    async fn open_sign_in(&self, ask: &SignInAsk<'_>) -> Result<SignInOpening, StoreError> {
        let results = self.driver.batch(sign_in(ask)).await?;
        let mut rows = results.iter().map(|rows| rows.first());
        let permit = ask
            .permit
            .is_some()
            .then(|| rows.next().flatten())
            .flatten();
        let guess = ask.guess.is_some().then(|| rows.next().flatten()).flatten();
        Ok(SignInOpening {
            permit: permit.map(granted).transpose()?,
            guess: guess.map(opening).transpose()?,
            credential: rows
                .next()
                .flatten()
                .map(accounts::credential)
                .transpose()?,
        })
    }

    async fn begin_session_after(
        &self,
        new: &NewSession,
        right: Option<&Guess>,
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let mut statements = sessions::begin(new, event);
        statements.extend(right.map(|guess| forget_if_session(guess, &new.session.id)));
        let results = self.driver.batch(statements).await?;
        Ok(results.first().is_some_and(|rows| !rows.is_empty()))
    }

    async fn forget_guess(&self, guess: &Guess) -> Result<(), StoreError> {
        self.driver.batch(vec![forget(guess)]).await.map(drop)
    }

    async fn forget_account(&self, account: &AccountKey) -> Result<(), StoreError> {
        let statement = forget_account(account);
        self.driver.batch(vec![statement]).await.map(drop)
    }

    async fn prune_counts(&self, now_ms: i64, forgotten_ms: i64) -> Result<u64, StoreError> {
        let results = self.driver.batch(prune(now_ms, forgotten_ms)).await?;
        Ok(results.iter().map(|rows| rows.len() as u64).sum())
    }
}

//! The port that the use cases about accounts ask.

use portcullis_service::accounts::{
    AccountStore, Ask, Deleted, EmailChange, LinkedAccount, NewHash, NewOneTime, OneTime,
    PasswordChange, ProfileChange, SignUpRecord, Use,
};
use portcullis_service::mail::{NewMail, SettledMail, TakenMail};
use portcullis_service::{AuditEvent, Credential, StoreError};

use super::own::{self, CHANGED, LAST_ADMINISTRATOR, LAST_OWNER, TAKEN};
use crate::mail::{self, About};
use crate::one_time::{self, USED};
use crate::{Driver, Row, SqlStore, Statement, accounts, audit};

/// What came of a batch with conditions that end it.
enum Held {
    /// All held, and it was done: the rows of each statement.
    Done(Vec<Vec<Row>>),
    /// One didn't, and nothing was done: its reason.
    Not(&'static str),
}

impl<D: Driver> SqlStore<D> {
    /// Runs a batch that [`one_time::require`] may end.
    async fn held(&self, statements: Vec<Statement>) -> Result<Held, StoreError> {
        match self.driver.batch(statements).await {
            Ok(rows) => Ok(Held::Done(rows)),
            Err(error) => [USED, CHANGED, TAKEN, LAST_ADMINISTRATOR, LAST_OWNER]
                .into_iter()
                .find(|reason| error.message.contains(reason))
                .map(Held::Not)
                .ok_or(error),
        }
    }

    async fn is_held(&self, statements: Vec<Statement>) -> Result<bool, StoreError> {
        let held = self.held(statements).await?;
        Ok(matches!(held, Held::Done(_)))
    }
}

impl<D: Driver> AccountStore for SqlStore<D> {
    async fn credential_by_id(&self, user_id: &str) -> Result<Option<Credential>, StoreError> {
        let statement = own::credential_by_id(user_id);
        self.first(statement, accounts::credential).await
    }

    async fn sign_up(&self, new: &SignUpRecord) -> Result<bool, StoreError> {
        let results = self.driver.batch(own::sign_up(new)).await?;
        Ok(is_some(results.first()))
    }

    async fn update_profile(
        &self,
        change: &ProfileChange,
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let statements = own::update_profile(change, event);
        let results = self.driver.batch(statements).await?;
        Ok(is_some(results.first()))
    }

    async fn change_password(&self, change: &PasswordChange) -> Result<bool, StoreError> {
        self.is_held(own::change_password(change)).await
    }

    async fn ask(&self, ask: &Ask<'_>) -> Result<bool, StoreError> {
        let statements = vec![
            one_time::ask(ask),
            mail::add(&ask.mail, About::OneTime(&ask.value.id)),
            audit::add_for_one_time(&ask.event, &ask.value.id),
        ];
        let results = self.driver.batch(statements).await?;
        Ok(is_some(results.first()))
    }

    async fn one_time(&self, secret_hash: &str) -> Result<Option<OneTime>, StoreError> {
        self.first(one_time::unused(secret_hash), one_time::value)
            .await
    }

    async fn reset_password(
        &self,
        by: &Use,
        new: &NewHash,
        notice: Option<&NewMail>,
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.is_held(own::reset_password(by, new, notice, event))
            .await
    }

    async fn verify_email(
        &self,
        by: &Use,
        email: &str,
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.is_held(own::verify_email(by, email, event)).await
    }

    async fn confirm_email_change(
        &self,
        by: &Use,
        next: &NewOneTime,
        mail: &NewMail,
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.is_held(own::confirm_email_change(by, next, mail, event))
            .await
    }

    async fn change_email(
        &self,
        by: &Use,
        from: &str,
        to: &str,
        notice: Option<&NewMail>,
        event: &AuditEvent,
    ) -> Result<EmailChange, StoreError> {
        let statements = own::change_email(by, from, to, notice, event);
        Ok(match self.held(statements).await? {
            Held::Done(_) => EmailChange::Done,
            Held::Not(TAKEN) => EmailChange::Taken,
            Held::Not(_) => EmailChange::Gone,
        })
    }

    async fn delete_user(
        &self,
        user_id: &str,
        by: Option<&Use>,
        administrating: &[(String, u32)],
        event: &AuditEvent,
    ) -> Result<Deleted, StoreError> {
        let statements = own::delete_user(&self.tables, user_id, by, administrating, event);
        Ok(match self.held(statements).await? {
            Held::Done(results) if is_some(results.last()) => Deleted::Done,
            Held::Not(LAST_ADMINISTRATOR) => Deleted::LastAdministrator,
            Held::Not(LAST_OWNER) => Deleted::LastOwner,
            Held::Done(_) | Held::Not(_) => Deleted::Gone,
        })
    }

    async fn linked_accounts(&self, user_id: &str) -> Result<Vec<LinkedAccount>, StoreError> {
        self.all(own::linked_accounts(user_id), own::linked_account)
            .await
    }

    async fn unlink_account(
        &self,
        user_id: &str,
        id: &str,
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.is_held(own::unlink_account(user_id, id, event)).await
    }

    async fn take_mail(
        &self,
        now_ms: i64,
        until_ms: i64,
        limit: u32,
    ) -> Result<Vec<TakenMail>, StoreError> {
        let statement = mail::take(now_ms, until_ms, limit);
        let results = self.driver.batch(vec![statement]).await?;
        let rows = results.into_iter().next().unwrap_or_default();
        rows.iter().map(mail::taken).collect()
    }

    async fn settle_mail(&self, settled: &SettledMail) -> Result<(), StoreError> {
        let statements = vec![mail::settle(settled)];
        self.driver.batch(statements).await.map(drop)
    }

    async fn prune_accounts(&self, before_ms: i64) -> Result<(), StoreError> {
        let statements = vec![one_time::prune(before_ms), mail::prune(before_ms)];
        self.driver.batch(statements).await?;
        self.ready_lists().await
    }
}

/// Whether a statement returned a row.
fn is_some(rows: Option<&Vec<Row>>) -> bool {
    rows.is_some_and(|rows| !rows.is_empty())
}

//! Values, mail and attempts as the tests give them.

use std::sync::atomic::{AtomicU32, Ordering};

use portcullis_issue::secret::Secrets;
use portcullis_service::Credential;
use portcullis_service::accounts::{
    AccountStore, Ask, Audience, NewHash, NewOneTime, Purpose, Use, Whom,
};
use portcullis_service::mail::{MailKind, NewMail};
use portcullis_service::throttle::account_key;

use crate::support::{NOW_MS, TestStore, audit_log, done, event};

pub(super) const HOUR_MS: i64 = 3_600_000;

pub(super) fn value(id: &str, purpose: Purpose, payload: &str) -> NewOneTime {
    NewOneTime {
        id: id.to_owned(),
        secret_hash: format!("hash of {id}"),
        purpose,
        payload: payload.to_owned(),
        created_at_ms: NOW_MS,
        expires_at_ms: NOW_MS + HOUR_MS,
    }
}

pub(super) fn mail(id: &str, kind: MailKind, recipient: Option<&str>) -> NewMail {
    NewMail {
        id: id.to_owned(),
        kind,
        recipient: recipient.map(str::to_owned),
        sealed: format!("sealed {id}"),
        created_at_ms: NOW_MS,
        expires_at_ms: NOW_MS + HOUR_MS,
    }
}

pub(super) fn ask_with(
    store: &TestStore,
    email: &str,
    audience: Audience,
    value: NewOneTime,
) -> bool {
    let ask = Ask {
        whom: Whom::Email(email),
        audience,
        mail: mail(
            &format!("mail of {}", value.id),
            MailKind::ResetPassword,
            None,
        ),
        value,
        event: event("account.password.reset.ask", None),
    };
    done(store.ask(&ask)).unwrap()
}

/// Gives out a value for an account: `ann`'s is asked for by her address.
pub(super) fn ask(
    store: &TestStore,
    user: &str,
    id: &str,
    purpose: Purpose,
    payload: &str,
) -> bool {
    let email = format!("{user}@example.org");
    ask_with(
        store,
        &email,
        Audience::Anybody,
        value(id, purpose, payload),
    )
}

/// An attempt of its own.
pub(super) fn by(id: &str, user: &str, purpose: Purpose) -> Use {
    static ATTEMPTS: AtomicU32 = AtomicU32::new(0);
    let attempt = ATTEMPTS.fetch_add(1, Ordering::Relaxed);
    Use {
        secret_hash: format!("hash of {id}"),
        purpose,
        user_id: user.to_owned(),
        use_id: format!("attempt {attempt}"),
        now_ms: NOW_MS + 1,
    }
}

pub(super) fn secrets() -> Secrets {
    Secrets::parse("a secret for tests alone, 32 bytes long").unwrap()
}

pub(super) fn reset(store: &TestStore, by: &Use, phc: &str) -> bool {
    let new = NewHash {
        phc: phc.to_owned(),
        guesses: account_key(&secrets(), "ann@example.org"),
    };
    let event = event("account.password.reset", Some(&by.user_id));
    done(store.reset_password(by, &new, None, &event)).unwrap()
}

pub(super) fn known(store: &TestStore, user: &str) -> Option<Credential> {
    done(store.credential_by_id(user)).unwrap()
}

pub(super) fn phc(store: &TestStore, user: &str) -> Option<String> {
    known(store, user).unwrap().phc
}

pub(super) fn is_open(store: &TestStore, id: &str) -> bool {
    let found = done(store.one_time(&format!("hash of {id}"))).unwrap();
    found.is_some()
}

pub(super) fn actions(store: &TestStore) -> Vec<String> {
    audit_log(store).into_iter().map(|one| one.action).collect()
}

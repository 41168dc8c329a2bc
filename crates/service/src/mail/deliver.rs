//! Handing mail on: at least once, later and later after failures, until its link is over.

use serde_json::{Value, json};

use super::{Content, Letter, MailPort, SettledMail, TakenMail};
use crate::hooks::{Delivered, MAX_ATTEMPTS, wait_ms};
use crate::{App, Error, Host, Store};

/// Most mails handed on in one go.
const BATCH: u32 = 20;
/// How long a mail is kept from other hosts while it is handed on; longer than any request takes.
const LEASE_MS: i64 = 120_000;
/// Longest problem kept, in characters.
const MAX_PROBLEM_CHARS: usize = 200;

/// Hands on every mail that is due, until there is none.
///
/// A mail is handed on at least once: a host that ends between that and noting it hands it on again,
/// with the same id. A status other than 2xx is a failure.
///
/// # Errors
/// Only faults of the store.
pub async fn deliver<S: Store, H: Host>(app: &App<S, H>) -> Result<Delivered, Error> {
    let mut delivered = Delivered::default();
    if !app.settings.mail.is_on() {
        return Ok(delivered);
    }
    loop {
        let now_ms = app.host.now_ms();
        let taken = app
            .store
            .take_mail(now_ms, now_ms + LEASE_MS, BATCH)
            .await?;
        if taken.is_empty() {
            return Ok(delivered);
        }
        for one in taken {
            let outcome = send(app, &one).await;
            match &outcome {
                Ok(()) => delivered.told += 1,
                Err(problem) => {
                    delivered.failed += 1;
                    log(app, &one, problem);
                }
            }
            let settled = settle(one, outcome.err(), app.host.now_ms());
            app.store.settle_mail(&settled).await?;
        }
    }
}

/// Why a mail wasn't handed on.
struct Problem {
    text: String,
    is_final: bool,
}

impl Problem {
    fn passing(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            is_final: false,
        }
    }

    fn last(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            is_final: true,
        }
    }
}

async fn send<S: Store, H: Host>(app: &App<S, H>, mail: &TakenMail) -> Result<(), Problem> {
    let now_ms = app.host.now_ms();
    if mail.expires_at_ms <= now_ms {
        return Err(Problem::last("it is over"));
    }
    let settings = &app.settings;
    let content =
        Content::open(&settings.secrets, &mail.id, &mail.sealed).map_err(Problem::last)?;
    let callback = content.callback.as_deref();
    let letter = Letter::write(mail.kind, &settings.origin, &content.token, callback);
    match &settings.mail.port {
        MailPort::Off => Err(Problem::passing("mail is off")),
        MailPort::Log => {
            let mut line = message(mail, &letter, &content);
            if let Some(members) = line.as_object_mut() {
                members.insert("level".into(), "info".into());
                members.insert("msg".into(), "mail".into());
            }
            app.host.log(&line.to_string());
            Ok(())
        }
        MailPort::Webhook(webhook) => {
            let body = message(mail, &letter, &content).to_string();
            let request = webhook.signed(&mail.id, body, now_ms / 1000);
            match app.host.post(request).await {
                Ok(200..=299) => Ok(()),
                Ok(status) => Err(Problem::passing(format!("status {status}"))),
                Err(problem) => Err(Problem::passing(problem)),
            }
        }
    }
}

/// What a receiver is told: everything that a template of its own could want.
fn message(mail: &TakenMail, letter: &Letter, content: &Content) -> Value {
    let mut message = json!({
        "id": mail.id,
        "kind": mail.kind.as_str(),
        "to": mail.recipient,
        "subject": letter.subject,
        "text": letter.text,
        "url": letter.url,
        "user": { "id": mail.user_id, "name": mail.user_name, "email": mail.user_email },
    });
    if let (Some(members), Some(_)) = (message.as_object_mut(), &letter.url) {
        members.insert("token".into(), content.token.as_str().into());
    }
    message
}

fn settle(taken: TakenMail, problem: Option<Problem>, now_ms: i64) -> SettledMail {
    let id = taken.id;
    let Some(problem) = problem else {
        return SettledMail::Done { id };
    };
    let next_at_ms = now_ms + wait_ms(taken.attempts);
    // A link that is over by then is of no use to anybody.
    let is_last =
        problem.is_final || taken.attempts >= MAX_ATTEMPTS || next_at_ms >= taken.expires_at_ms;
    let problem: String = problem.text.chars().take(MAX_PROBLEM_CHARS).collect();
    if is_last {
        SettledMail::Dead {
            id,
            at_ms: now_ms,
            problem,
        }
    } else {
        SettledMail::Later {
            id,
            next_at_ms,
            problem,
        }
    }
}

fn log<S, H: Host>(app: &App<S, H>, mail: &TakenMail, problem: &Problem) {
    let line = json!({
        "level": if problem.is_final || mail.attempts >= MAX_ATTEMPTS { "error" } else { "warn" },
        "msg": "mail not delivered",
        "mail": mail.id,
        "kind": mail.kind.as_str(),
        "attempt": mail.attempts,
        "error": problem.text,
    });
    app.host.log(&line.to_string());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::MailKind;

    fn taken(attempts: u32) -> TakenMail {
        TakenMail {
            id: "m1".into(),
            kind: MailKind::ResetPassword,
            recipient: "ann@example.org".into(),
            user_id: "u1".into(),
            user_name: "Ann".into(),
            user_email: "ann@example.org".into(),
            sealed: String::new(),
            expires_at_ms: 3_600_000,
            attempts,
        }
    }

    fn is_dead(settled: &SettledMail) -> bool {
        matches!(settled, SettledMail::Dead { .. })
    }

    #[test]
    fn a_mail_is_tried_again_as_long_as_its_link_opens_something() {
        let failed = |now_ms| settle(taken(1), Some(Problem::passing("no answer")), now_ms);
        assert_eq!(
            failed(0),
            SettledMail::Later {
                id: "m1".into(),
                next_at_ms: 5_000,
                problem: "no answer".into()
            }
        );
        assert!(!is_dead(&failed(3_594_999)));
        assert!(is_dead(&failed(3_595_000)));
        assert_eq!(
            settle(taken(1), None, 0),
            SettledMail::Done { id: "m1".into() }
        );
    }

    #[test]
    fn the_last_attempt_and_what_no_attempt_can_mend_leave_it_dead() {
        let mut long = taken(MAX_ATTEMPTS - 1);
        long.expires_at_ms = i64::MAX;
        let failed = |mail| settle(mail, Some(Problem::passing("status 500")), 0);
        assert!(!is_dead(&failed(long.clone())));
        long.attempts = MAX_ATTEMPTS;
        assert!(is_dead(&failed(long)));
        assert!(is_dead(&settle(
            taken(1),
            Some(Problem::last("tampered")),
            0
        )));
    }
}

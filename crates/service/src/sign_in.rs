//! Signing in with e-mail and password.

use portcullis_issue::opaque::SessionToken;
use portcullis_issue::password::{self, MAX_PASSWORD_BYTES, Verification};
use portcullis_issue::random::{random_bytes, random_id};

use crate::audit::event;
use crate::host::HostEntropy;
use crate::ports::{NewSession, Rehash};
use crate::settings::{SESSION_TTL_SECS, SHORT_SESSION_TTL_SECS};
use crate::{
    App, AuditStatus, Context, Credential, Denied, Email, Error, Host, Session, Store, User,
};

/// What a person typed.
#[derive(Clone)]
pub struct SignIn {
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
    /// Whether the session outlives the browser.
    pub remember_me: bool,
    /// The session token that the caller came with, which this sign-in ends.
    pub replaces: Option<String>,
}

impl core::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SignIn")
            .field("remember_me", &self.remember_me)
            .finish_non_exhaustive()
    }
}

/// A session that has just begun.
#[derive(Debug)]
pub struct SignedIn {
    /// Its token: shown to the caller once, stored nowhere.
    pub token: SessionToken,
    /// The session.
    pub session: Session,
    /// Whose it is.
    pub user: User,
}

/// Begins a session for the owner of an address and a password.
///
/// An unknown address costs the same hash as a known one and gets the same answer, so that neither
/// tells whether an account exists (OWASP ASVS 6.3.8).
///
/// # Errors
/// [`Denied::InvalidEmail`], [`Denied::PasswordTooLong`], [`Denied::InvalidCredentials`], and
/// [`Denied::AccountDisabled`] to those alone who know the password. Every one leaves an audit
/// record.
pub async fn sign_in<S: Store, H: Host>(
    app: &App<S, H>,
    asked: SignIn,
    context: &Context,
) -> Result<SignedIn, Error> {
    let Some(email) = Email::parse(&asked.email) else {
        return refuse(
            app,
            context,
            None,
            None,
            "invalid_email",
            Denied::InvalidEmail,
        )
        .await;
    };
    if asked.password.len() > MAX_PASSWORD_BYTES {
        let denied = Denied::PasswordTooLong;
        return refuse(
            app,
            context,
            Some(&email),
            None,
            "password_too_long",
            denied,
        )
        .await;
    }
    let credential = app.store.credential_by_email(email.as_str()).await?;
    let checked = check_password(app, credential.as_ref(), asked.password).await;
    let user_id = credential.as_ref().map(|known| known.user.id.clone());
    let wrong = Denied::InvalidCredentials;
    let (reason, denied) = match (credential, checked) {
        (Some(known), Checked::Match(_)) if known.user.disabled_at_ms.is_some() => {
            ("account_disabled", Denied::AccountDisabled)
        }
        (Some(known), Checked::Match(rehash)) => {
            let Some(begun) = begin(
                app,
                known.user,
                asked.remember_me,
                asked.replaces,
                rehash,
                context,
            )
            .await?
            else {
                // Disabled or deleted between the look-up and now.
                return refuse(app, context, Some(&email), user_id, "account_gone", wrong).await;
            };
            return Ok(begun);
        }
        (None, _) => ("unknown_email", wrong),
        (Some(_), Checked::Mismatch) => ("wrong_password", wrong),
        (Some(_), Checked::Unusable) => ("unusable_password_hash", wrong),
    };
    refuse(app, context, Some(&email), user_id, reason, denied).await
}

/// How a typed password compares to what is stored.
enum Checked {
    /// It is the one; with what to bring the stored hash up to, if anything.
    Match(Option<Rehash>),
    /// It isn't the one, or none is set.
    Mismatch,
    /// What is stored can't be read, or asks for more memory than it may.
    Unusable,
}

async fn check_password<S: Store, H: Host>(
    app: &App<S, H>,
    credential: Option<&Credential>,
    typed: String,
) -> Checked {
    let params = app.settings.password_params;
    let limits = app.settings.password_limits;
    let stored = credential.and_then(|known| known.phc.clone());
    let salt = random_bytes(&mut HostEntropy(&app.host));
    let work = move || {
        // Timing oracle: what has no usable hash costs one as well.
        let spend = |outcome| {
            let _ = password::verify(&typed, &password::dummy_hash(&params), &limits);
            outcome
        };
        let Some(phc) = stored else {
            return spend(Checked::Mismatch);
        };
        match password::verify(&typed, &phc, &limits) {
            Ok(Verification::Mismatch) => return Checked::Mismatch,
            Ok(Verification::Match) => {}
            Err(_) => return spend(Checked::Unusable),
        }
        // A hash that can't be renewed doesn't keep its owner out.
        let to = match password::needs_rehash(&phc, &params) {
            Ok(true) => password::hash(&typed, &params, salt).ok(),
            _ => None,
        };
        Checked::Match(to.map(|to| Rehash { from: phc, to }))
    };
    app.host.run_heavy(work).await
}

/// Records a failure and refuses. The address is recorded only when it is one: people type
/// passwords into the wrong field.
async fn refuse<S: Store, H: Host>(
    app: &App<S, H>,
    context: &Context,
    email: Option<&Email>,
    user_id: Option<String>,
    reason: &str,
    denied: Denied,
) -> Result<SignedIn, Error> {
    let mut failure = event(app, context, "auth.login", AuditStatus::Fail);
    failure.user_id = user_id;
    failure.fields.insert("reason".into(), reason.into());
    if let Some(email) = email {
        failure.fields.insert("email".into(), email.as_str().into());
    }
    app.store.record(&failure).await?;
    Err(denied.into())
}

async fn begin<S: Store, H: Host>(
    app: &App<S, H>,
    user: User,
    remember_me: bool,
    replaces: Option<String>,
    rehash: Option<Rehash>,
    context: &Context,
) -> Result<Option<SignedIn>, Error> {
    let mut entropy = HostEntropy(&app.host);
    let token = SessionToken::generate(&mut entropy);
    let now_ms = app.host.now_ms();
    let ttl_secs = if remember_me {
        SESSION_TTL_SECS
    } else {
        SHORT_SESSION_TTL_SECS
    };
    let session = Session {
        id: random_id(&mut entropy),
        user_id: user.id.clone(),
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
        expires_at_ms: now_ms + ttl_secs * 1000,
        ip_address: context.ip_address.clone(),
        user_agent: context.user_agent.clone(),
        remember_me,
    };
    let mut success = event(app, context, "auth.login", AuditStatus::Ok);
    success.user_id = Some(user.id.clone());
    success
        .fields
        .insert("session".into(), session.id.as_str().into());
    let replaces = replaces.and_then(|old| SessionToken::parse(&old).ok());
    let new = NewSession {
        session: session.clone(),
        token_hash: token.hash().to_string(),
        replaces_token_hash: replaces.map(|old| old.hash().to_string()),
        rehash,
    };
    let is_begun = app.store.begin_session(&new, &success).await?;
    Ok(is_begun.then_some(SignedIn {
        token,
        session,
        user,
    }))
}

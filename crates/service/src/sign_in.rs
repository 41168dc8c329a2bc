//! Signing in with e-mail and password.

use portcullis_issue::opaque::SessionToken;
use portcullis_issue::password::{self, MAX_PASSWORD_BYTES, Verification};
use portcullis_issue::random::{random_bytes, random_id};

use crate::audit::event;
use crate::host::HostEntropy;
use crate::ports::{NewSession, Rehash};
use crate::settings::{SESSION_TTL_SECS, SHORT_SESSION_TTL_SECS};
use crate::{
    App, AuditStatus, Context, Credential, Denied, Email, Error, Fault, Host, Session, Store, User,
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
/// [`Denied::AccountDisabled`] to those alone who know the password. Every one but the first two
/// leaves an audit record.
pub async fn sign_in<S: Store, H: Host>(
    app: &App<S, H>,
    asked: SignIn,
    context: &Context,
) -> Result<SignedIn, Error> {
    let email = Email::parse(&asked.email).ok_or(Denied::InvalidEmail)?;
    if asked.password.len() > MAX_PASSWORD_BYTES {
        return Err(Denied::PasswordTooLong.into());
    }
    let credential = app.store.credential_by_email(email.as_str()).await?;
    let checked = check_password(app, credential.as_ref(), asked.password).await?;
    let user_id = credential.as_ref().map(|known| known.user.id.clone());
    let refused = match (&credential, &checked) {
        (Some(known), Some(_)) if known.user.disabled_at_ms.is_some() => {
            Some(("account_disabled", Denied::AccountDisabled))
        }
        (Some(_), Some(_)) => None,
        (None, _) => Some(("unknown_email", Denied::InvalidCredentials)),
        (Some(_), None) => Some(("wrong_password", Denied::InvalidCredentials)),
    };
    if let Some((reason, denied)) = refused {
        return Err(refuse(app, context, &email, user_id, reason, denied).await?);
    }
    let (Some(known), Some(rehash)) = (credential, checked) else {
        return Err(Denied::InvalidCredentials.into());
    };
    begin(
        app,
        known.user,
        asked.remember_me,
        asked.replaces,
        rehash,
        context,
    )
    .await
}

/// `None` when the password is wrong; else what to bring the stored hash up to, if anything.
async fn check_password<S: Store, H: Host>(
    app: &App<S, H>,
    credential: Option<&Credential>,
    typed: String,
) -> Result<Option<Option<Rehash>>, Error> {
    let params = app.settings.password_params;
    let limits = app.settings.password_limits;
    let stored = credential.and_then(|known| known.phc.clone());
    let salt = random_bytes(&mut HostEntropy(&app.host));
    let work = move || {
        let Some(phc) = stored else {
            // Timing oracle: an address without a password costs a hash as well.
            let _ = password::verify(&typed, &password::dummy_hash(&params), &limits);
            return Ok(None);
        };
        if password::verify(&typed, &phc, &limits)? == Verification::Mismatch {
            return Ok(None);
        }
        if !password::needs_rehash(&phc, &params)? {
            return Ok(Some(None));
        }
        let to = password::hash(&typed, &params, salt)?;
        Ok(Some(Some(Rehash { from: phc, to })))
    };
    app.host
        .run_heavy(work)
        .await
        .map_err(|error: password::PasswordError| Fault::PasswordHash(error.to_string()).into())
}

async fn refuse<S: Store, H: Host>(
    app: &App<S, H>,
    context: &Context,
    email: &Email,
    user_id: Option<String>,
    reason: &str,
    denied: Denied,
) -> Result<Error, Error> {
    let mut failure = event(app, context, "auth.login", AuditStatus::Fail);
    failure.user_id = user_id;
    failure.fields.insert("reason".into(), reason.into());
    failure.fields.insert("email".into(), email.as_str().into());
    app.store.record(&failure).await?;
    Ok(denied.into())
}

async fn begin<S: Store, H: Host>(
    app: &App<S, H>,
    user: User,
    remember_me: bool,
    replaces: Option<String>,
    rehash: Option<Rehash>,
    context: &Context,
) -> Result<SignedIn, Error> {
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
    if app.store.begin_session(&new, &success).await? {
        Ok(SignedIn {
            token,
            session,
            user,
        })
    } else {
        Err(Denied::InvalidCredentials.into())
    }
}

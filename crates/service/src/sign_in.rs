//! Signing in with e-mail and password.

use crate::accounts::Refused;
use crate::audit::event;
use crate::host::HostEntropy;
use crate::password::{self, Checked, MAX_PASSWORD_BYTES};
use crate::session::{self, Begin, Device, Tokens};
use crate::throttle::{
    self, Guess, GuessAsk, Key, KnownDevice, PermitAsk, Rule, SignInAsk, Via, permit_key,
};
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
    /// The device that it comes from.
    pub device: Device,
    /// Whether the session gets refresh tokens.
    pub wants_refresh: bool,
    /// What shows that the account was signed in to on this device before, as it was given out.
    pub known_device: Option<String>,
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
    /// Its tokens: shown to the caller once, stored nowhere.
    pub tokens: Tokens,
    /// The session.
    pub session: Session,
    /// Whose it is.
    pub user: User,
    /// What the client keeps, to show that the account was signed in to on this device.
    pub known_device: KnownDevice,
}

/// Begins a session for the owner of an address and a password, in two round trips.
///
/// The first takes the permit and the guess and looks the account up; nothing is hashed for one who
/// has to wait. An unknown address costs the same hash as a known one, and so does a disabled
/// account: all get the same answer, so that it tells nothing about accounts (OWASP ASVS 6.3.8).
///
/// # Errors
/// [`Denied::TooManyRequests`], of which the log alone tells; [`Denied::InvalidEmail`],
/// [`Denied::PasswordTooLong`], [`Denied::InvalidCredentials`], and [`Refused::Banned`] and
/// [`Refused::EmailNotVerified`] to those alone who know the password, each of which leaves an audit
/// record.
pub async fn sign_in<S: Store, H: Host>(
    app: &App<S, H>,
    asked: SignIn,
    context: &Context,
) -> Result<SignedIn, Error> {
    let parsed = Email::parse(&asked.email);
    let has_room = asked.password.len() <= MAX_PASSWORD_BYTES;
    let Some(email) = parsed.as_ref().filter(|_| has_room) else {
        throttle::guard(app, Rule::SignIn, &[Key::Address], context).await?;
        let (reason, denied) = match parsed {
            None => ("invalid_email", Denied::InvalidEmail),
            Some(_) => ("password_too_long", Denied::PasswordTooLong),
        };
        let failure = Failure {
            email: parsed.as_ref(),
            user_id: None,
            guesses: 0,
            reason,
            denied,
        };
        return refuse(app, context, failure).await;
    };
    let device = known_device(app, asked.known_device.as_deref());
    let opening = open(app, email, &device, context).await?;
    let account = opening.credential.as_ref();
    let user_id = account.map(|known| known.user.id.clone());
    // A disabled account is as an unknown one, also to those who know its password.
    let usable = opening
        .credential
        .filter(|known| known.user.disabled_at_ms.is_none());
    let stored = usable.as_ref().and_then(|known| known.phc.clone());
    let checked = password::check(app, stored, asked.password).await?;
    let wrong = Denied::InvalidCredentials;
    let now_ms = app.host.now_ms();
    let (reason, denied) = match (usable, checked) {
        (Some(known), Checked::Match(_)) if is_banned(&known, now_ms) => {
            throttle::right_guess(app, &opening.guess).await?;
            ("banned", Denied::Account(Refused::Banned))
        }
        (Some(known), Checked::Match(_)) if !may_sign_in(app, &known) => {
            throttle::right_guess(app, &opening.guess).await?;
            let denied = Denied::Account(Refused::EmailNotVerified);
            ("email_not_verified", denied)
        }
        (Some(known), Checked::Match(rehash)) => {
            let how = Begin {
                remember_me: asked.remember_me,
                replaces: asked.replaces,
                rehash,
                methods: &["pwd"],
                device: asked.device,
                wants_refresh: asked.wants_refresh,
            };
            let device = device.remember(&app.settings.secrets, email.as_str());
            let begun = begin(app, known.user, how, device, &opening.guess, context);
            if let Some(begun) = begun.await? {
                return Ok(begun);
            }
            // Banned, disabled or deleted between the look-up and now.
            ("account_gone", wrong)
        }
        (None, _) if user_id.is_some() => ("account_disabled", wrong),
        (None, _) => ("unknown_email", wrong),
        (Some(_), Checked::Mismatch) => ("wrong_password", wrong),
        (Some(_), Checked::Unusable) => ("unusable_password_hash", wrong),
    };
    let failure = Failure {
        email: Some(email),
        user_id,
        guesses: opening.failures,
        reason,
        denied,
    };
    refuse(app, context, failure).await
}

fn known_device<S, H: Host>(app: &App<S, H>, presented: Option<&str>) -> KnownDevice {
    presented
        .and_then(|text| KnownDevice::read(&app.settings.secrets, text))
        .unwrap_or_else(|| KnownDevice::generate(&mut HostEntropy(&app.host)))
}

fn is_banned(known: &Credential, now_ms: i64) -> bool {
    known.ban.as_ref().is_some_and(|ban| ban.holds_at(now_ms))
}

fn may_sign_in<S, H>(app: &App<S, H>, known: &Credential) -> bool {
    known.user.email_verified || !app.settings.accounts.require_verified_email
}

/// A sign-in that may be tried.
struct Opening {
    credential: Option<Credential>,
    guess: Guess,
    failures: u32,
}

/// Takes the permit of the address and the guess at the password, and looks the account up.
async fn open<S: Store, H: Host>(
    app: &App<S, H>,
    email: &Email,
    device: &KnownDevice,
    context: &Context,
) -> Result<Opening, Error> {
    let secrets = &app.settings.secrets;
    let now_ms = app.host.now_ms();
    let asked_us = now_ms.saturating_mul(1000);
    let name = Key::Address.name(Rule::SignIn, context);
    let rate = app.settings.throttle.rate(Rule::SignIn);
    if rate.is_some()
        && let Some(wait_us) = app.throttle.closed_us(&name, asked_us)
    {
        return Err(throttle::too_many(wait_us));
    }
    let via = if device.knows(secrets, email.as_str()) {
        Via::Device(device.id())
    } else {
        Via::Stranger
    };
    let guess = Guess::new(secrets, email.as_str(), via);
    let ask = SignInAsk {
        permit: rate.map(|rate| PermitAsk::one(permit_key(secrets, &name), rate)),
        guess: throttle::guess_ask(app, &guess, now_ms),
        grant_id: throttle::grant_id(&app.host),
        email: email.as_str(),
        now_ms,
    };
    let opening = app.store.open_sign_in(&ask).await?;
    if let (Some(rate), Some(granted)) = (rate, opening.permit)
        && granted.permits == 0
    {
        let wait_us = rate.wait_us(granted.arrival_us, 1, asked_us);
        app.throttle
            .close(&name, asked_us.saturating_add(wait_us), asked_us);
        return Err(throttle::too_many(wait_us));
    }
    let mut opened = Opening {
        credential: opening.credential,
        failures: opening.guess.map_or(0, |opening| opening.failures),
        guess,
    };
    if let Some(asked) = &ask.guess {
        let taken = opening.guess.ok_or_else(|| throttle::too_many(0))?;
        if is_used_up(asked, taken.is_open, taken.failures) && via != Via::Stranger {
            // The device is no better than any other from here on (OWASP, device cookies).
            opened.guess = throttle::open_guess(app, email.as_str(), Via::Stranger).await?;
        } else {
            throttle::check_guess(asked, &taken, now_ms)?;
        }
    }
    Ok(opened)
}

const fn is_used_up(ask: &GuessAsk, is_open: bool, failures: u32) -> bool {
    !is_open && failures >= ask.max
}

/// A sign-in that came to nothing, for the audit log and for the caller.
struct Failure<'a> {
    /// The address, only when it is one: people type passwords into the wrong field.
    email: Option<&'a Email>,
    user_id: Option<String>,
    /// Failures in a row, with this one; 0 when they aren't counted.
    guesses: u32,
    reason: &'static str,
    denied: Denied,
}

/// Records a failure and refuses.
async fn refuse<S: Store, H: Host>(
    app: &App<S, H>,
    context: &Context,
    failed: Failure<'_>,
) -> Result<SignedIn, Error> {
    let mut failure = event(app, context, "auth.login", AuditStatus::Fail);
    failure.user_id = failed.user_id;
    let fields = &mut failure.fields;
    fields.insert("reason".into(), failed.reason.into());
    if let Some(email) = failed.email {
        fields.insert("email".into(), email.as_str().into());
    }
    if failed.guesses > 0 {
        fields.insert("failures".into(), failed.guesses.into());
    }
    app.store.record(&failure).await?;
    Err(failed.denied.into())
}

async fn begin<S: Store, H: Host>(
    app: &App<S, H>,
    user: User,
    how: Begin,
    known_device: KnownDevice,
    guess: &Guess,
    context: &Context,
) -> Result<Option<SignedIn>, Error> {
    let (tokens, new) = session::new_session(app, &user, how, context);
    let mut success = event(app, context, "auth.login", AuditStatus::Ok);
    success.user_id = Some(user.id.clone());
    success
        .fields
        .insert("session".into(), new.session.id.as_str().into());
    let is_counted = app.settings.throttle.guesses.is_some();
    let right = is_counted.then_some(guess);
    let is_begun = app.store.begin_session_after(&new, right, &success).await?;
    Ok(is_begun.then_some(SignedIn {
        tokens,
        session: new.session,
        user,
        known_device,
    }))
}

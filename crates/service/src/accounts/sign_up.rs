//! Signing up with e-mail and password.

use portcullis_issue::random::random_id;

use super::one_time::draw;
use super::ports::{Purpose, SignUpRecord};
use super::update::{check_image, check_name};
use super::{Refused, ports::NewOneTime};
use crate::audit::event;
use crate::host::HostEntropy;
use crate::mail::{self, MailKind, NewMail};
use crate::ports::{NewSession, NewUser};
use crate::session::{Begin, Device, Tokens, new_session};
use crate::throttle::{self, Key, Rule};
use crate::{
    App, AuditEvent, AuditStatus, Context, Denied, Email, Error, Host, Session, Store, User,
    password,
};

/// What somebody says who signs up.
#[derive(Clone)]
pub struct SignUp {
    /// Name for people.
    pub name: String,
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
    /// Address of a picture.
    pub image: Option<String>,
    /// Whether the session outlives the browser.
    pub remember_me: bool,
    /// Where the link that confirms the address goes on to.
    pub callback: Option<String>,
    /// On what the session is.
    pub device: Device,
    /// Whether refresh tokens are asked for.
    pub wants_refresh: bool,
}

impl core::fmt::Debug for SignUp {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SignUp")
            .field("remember_me", &self.remember_me)
            .finish_non_exhaustive()
    }
}

/// An account that was made, or looks like one.
#[derive(Debug)]
pub struct SignedUp {
    /// The account.
    pub user: User,
    /// The session that began with it, unless signing up begins none.
    pub begun: Option<(Tokens, Session)>,
}

/// Makes an account with a password, and begins a session unless the operator says otherwise.
///
/// Where no session begins, an address that has an account gets the same answer as one that hasn't,
/// with an account that doesn't exist; its owner gets a mail. Either way one hash is computed and the
/// same statements run.
///
/// # Errors
/// [`Refused::SignUpOff`], [`Refused::Value`], [`Denied::InvalidEmail`], what
/// [`password::hash_new_for`] refuses, [`Denied::TooManyRequests`]; [`Refused::EmailTaken`] where a
/// session would begin.
pub async fn sign_up<S: Store, H: Host>(
    app: &App<S, H>,
    asked: SignUp,
    context: &Context,
) -> Result<SignedUp, Error> {
    let settings = &app.settings.accounts;
    if !settings.sign_up {
        return Err(Refused::SignUpOff.into());
    }
    throttle::guard(app, Rule::SignUp, &[Key::Address], context).await?;
    check_name(&asked.name)?;
    check_image(asked.image.as_deref())?;
    let email = Email::parse_new(&asked.email).ok_or(Denied::InvalidEmail)?;
    let about = [email.as_str(), &asked.name];
    let phc = password::hash_new_for(app, &asked.password, false, &about).await?;
    let user = new_user(app, &asked, &email);
    let callback = asked.callback.clone();
    // Enumeration (OWASP ASVS 6.3.8): a session would tell that there was no such account.
    let has_session = settings.sign_up_session && !settings.require_verified_email;
    let begun = has_session.then(|| begin(app, &user, asked, context));
    let (begun, session) = match begun {
        Some(Begun { tokens, new, login }) => {
            let session = new.session.clone();
            (Some((tokens, session)), Some((new, login)))
        }
        None => (None, None),
    };
    let (made, refused) = records(app, &user, context);
    let record = SignUpRecord {
        verification: verification(app, &email, callback)?,
        exists: mail::notice(app, MailKind::AccountExists, None)?.filter(|_| !has_session),
        user: NewUser {
            user: user.clone(),
            phc,
            grants: Vec::new(),
        },
        session,
        made,
        refused,
    };
    if !app.store.sign_up(&record).await? && has_session {
        return Err(Refused::EmailTaken.into());
    }
    Ok(SignedUp { user, begun })
}

/// A session to begin with an account, and its record.
struct Begun {
    tokens: Tokens,
    new: NewSession,
    login: AuditEvent,
}

fn begin<S: Store, H: Host>(
    app: &App<S, H>,
    user: &User,
    asked: SignUp,
    context: &Context,
) -> Begun {
    let how = Begin {
        remember_me: asked.remember_me,
        methods: &["pwd"],
        device: asked.device,
        wants_refresh: asked.wants_refresh,
        ..Begin::default()
    };
    let (tokens, new) = new_session(app, user, how, context);
    let mut login = event(app, context, "auth.login", AuditStatus::Ok);
    login.user_id = Some(user.id.clone());
    let id = new.session.id.as_str();
    login.fields.insert("by".into(), "sign-up".into());
    login.fields.insert("session".into(), id.into());
    Begun { tokens, new, login }
}

/// What is recorded when the account is made, and when there is one.
fn records<S, H: Host>(
    app: &App<S, H>,
    user: &User,
    context: &Context,
) -> (AuditEvent, AuditEvent) {
    let mut made = event(app, context, "account.create", AuditStatus::Ok);
    made.user_id = Some(user.id.clone());
    let mut refused = event(app, context, "account.create", AuditStatus::Fail);
    let email = user.email.as_str();
    refused.fields.insert("reason".into(), "exists".into());
    refused.fields.insert("email".into(), email.into());
    (made, refused)
}

fn new_user<S, H: Host>(app: &App<S, H>, asked: &SignUp, email: &Email) -> User {
    let now_ms = app.host.now_ms();
    User {
        id: random_id(&mut HostEntropy(&app.host)),
        email: email.as_str().to_owned(),
        name: asked.name.clone(),
        email_verified: false,
        image: asked.image.clone(),
        tier: None,
        disabled_at_ms: None,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
        epoch: 0,
    }
}

/// The link that confirms the address, where mail goes anywhere.
fn verification<S, H: Host>(
    app: &App<S, H>,
    email: &Email,
    callback: Option<String>,
) -> Result<Option<(NewOneTime, NewMail)>, Error> {
    if !app.settings.mail.is_on() {
        return Ok(None);
    }
    let ttl_secs = app.settings.accounts.verification_ttl_secs;
    let drawn = draw(app, Purpose::VerifyEmail, email.to_string(), ttl_secs);
    let ends_at_ms = drawn.value.expires_at_ms;
    let kind = MailKind::VerifyEmail;
    let mail = mail::letter_to(app, kind, None, &drawn.secret, callback, ends_at_ms)?;
    Ok(Some((drawn.value, mail)))
}

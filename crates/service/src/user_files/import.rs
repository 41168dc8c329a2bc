//! Accounts made of lines.

use std::collections::BTreeSet;

use portcullis_core::decide::Grant;

use super::wanted::{Asked, Wanted};
use crate::accounts::ResetCode;
use crate::admin::{self, Creation, manage};
use crate::host::HostEntropy;
use crate::{App, Caller, Context, Denied, Email, Error, Host, Store, guard};

/// Most lines of a call.
pub const MAX_LINES: usize = 500;

/// How lines are read in.
#[derive(Debug, Clone, Copy)]
pub struct How {
    /// Whether everything is looked at and nothing is written.
    pub is_dry: bool,
    /// How long the code lasts with which each owner sets a password, in seconds; `None` makes none.
    pub code_ttl_secs: Option<i64>,
}

/// A line whose account was made, or would be.
#[derive(Debug)]
pub struct Made {
    /// The line's number.
    pub line: usize,
    /// The account's id; `None` when it would be made.
    pub id: Option<String>,
    /// The address.
    pub email: String,
    /// The code with which its owner sets a password: shown once, stored nowhere.
    pub code: Option<ResetCode>,
}

/// Why a line came to nothing.
#[derive(Debug)]
pub enum Why {
    /// It is refused as the account alone would be.
    Denied(Denied),
    /// It can't be read; the text says why.
    Line(String),
}

/// What came of the lines.
#[derive(Debug, Default)]
pub struct Report {
    /// Those whose accounts were made.
    pub made: Vec<Made>,
    /// Those that came to nothing, by number.
    pub failed: Vec<(usize, Why)>,
}

/// Makes an account of each line: without a password, within the caller's rights, as
/// [`admin::create`] makes it. One that is refused stops none of the others; an address that is taken
/// is refused, so a file that was read in partly is sent again.
///
/// # Errors
/// [`admin::Refused::NotAllowed`] for one who may not read files in; [`admin::Refused::Value`] for a code
/// that lasts too short or too long.
pub async fn import<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    lines: Vec<Asked>,
    how: How,
    context: &Context,
) -> Result<Report, Error> {
    manage::reach(app, caller, &guard::IMPORT_USERS, context).await?;
    let mut report = Report::default();
    let mut seen = BTreeSet::new();
    for (line, asked) in lines {
        let wanted = match asked {
            Ok(wanted) => wanted,
            Err(told) => {
                report.failed.push((line, Why::Line(told)));
                continue;
            }
        };
        match one(app, caller, &wanted, how, &mut seen, context).await {
            Ok((id, code)) => report.made.push(Made {
                line,
                id,
                email: wanted.email,
                code,
            }),
            Err(Error::Denied(denied)) => report.failed.push((line, Why::Denied(denied))),
            Err(fault) => return Err(fault),
        }
    }
    Ok(report)
}

async fn one<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    wanted: &Wanted,
    how: How,
    seen: &mut BTreeSet<String>,
    context: &Context,
) -> Result<(Option<String>, Option<ResetCode>), Error> {
    let email = Email::parse_new(&wanted.email).ok_or(Denied::InvalidEmail)?;
    let code = match how.code_ttl_secs {
        Some(secs) => Some(draw(app, secs)?),
        None => None,
    };
    let creation = Creation {
        email: email.as_str().to_owned(),
        name: wanted.name.clone(),
        roles: wanted.roles.iter().map(|text| Grant::parse(text)).collect(),
        image: wanted.image.clone(),
        email_verified: wanted.email_verified.then_some(true),
        tier: wanted.tier.clone(),
        reset_code: code.as_ref().map(|code| code.value.clone()),
        ..Creation::default()
    };
    if how.is_dry {
        admin::prepare(app, caller, creation, context).await?;
        let known = app.store.credential_by_email(email.as_str()).await?;
        let is_free = known.is_none() && seen.insert(email.as_str().to_owned());
        return if is_free {
            Ok((None, None))
        } else {
            Err(admin::Refused::EmailTaken.into())
        };
    }
    let account = admin::create(app, caller, creation, context).await?;
    Ok((Some(account.user.id), code))
}

fn draw<S, H: Host>(app: &App<S, H>, ttl_secs: i64) -> Result<ResetCode, Error> {
    let code = ResetCode::draw(&mut HostEntropy(&app.host), ttl_secs, app.host.now_ms());
    // The bounds are those of operators' codes.
    let expected = "a number of minutes from 1 to 10080";
    code.map_err(|_| admin::Refused::Value("resetCodeMinutes", expected).into())
}

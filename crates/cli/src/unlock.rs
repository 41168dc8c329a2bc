//! `portcullis user unlock`.

use portcullis_issue::secret::Secrets;
use portcullis_service::throttle::account_key;
use portcullis_store::throttle;

use crate::secret;
use crate::user::{Target, known_form, record, require};

#[derive(clap::Args)]
pub(crate) struct Unlock {
    /// The account's address.
    email: String,
    /// Server secrets, as `serve` takes them: counts are kept under keyed hashes. Default: the file
    /// beside the database.
    #[arg(long, env = "PORTCULLIS_SECRET", hide_env_values = true)]
    secret: Option<String>,
    #[command(flatten)]
    target: Target,
}

/// Runs the command.
///
/// # Errors
/// A sentence.
pub(crate) fn run(args: &Unlock) -> Result<(), String> {
    let email = known_form(&args.email)?;
    let place = secret::place(&args.target.db);
    if args.secret.is_none() && !place.exists() {
        return Err(format!(
            "there is no secret: set PORTCULLIS_SECRET, or put `{}` back",
            place.display()
        ));
    }
    let text = secret::load(args.secret.as_deref(), &args.target.db)?;
    let secrets = Secrets::parse(&text).map_err(|error| format!("PORTCULLIS_SECRET: {error}"))?;
    let mut statements = throttle::unlock(&email, &account_key(&secrets, &email)).to_vec();
    statements.push(record("user.unlock", &email, &[]));
    require(args.target.change(&statements)?, &email)?;
    eprintln!("{email} may sign in at once");
    Ok(())
}

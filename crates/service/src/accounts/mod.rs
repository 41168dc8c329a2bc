//! People's own accounts: signing up, changing and deleting them, passwords that were forgotten,
//! addresses that are confirmed.
//!
//! Everything that a link or code opens is a row of one table, of which only the hash of the secret
//! is stored, and is used up in the same transaction as what it opens. Nothing that is asked without
//! a session tells whether an account exists: the same statements run either way.

mod change_email;
mod change_password;
mod delete;
mod linked;
mod one_time;
mod ports;
mod prune;
mod refused;
mod reset;
mod settings;
mod sign_up;
mod update;
mod verification;

pub use change_email::change_email;
pub use change_password::{NewPassword, PasswordChanged, change_password, verify_password};
pub use delete::{Deleted, Deletion, delete_user};
pub use linked::{list_accounts, unlink_account};
pub use one_time::ResetCode;
pub use ports::{
    AccountStore, Ask, Audience, EmailChange, LinkedAccount, NewHash, NewOneTime, OneTime,
    PasswordChange, ProfileChange, Purpose, SignUpRecord, Use, Whom,
};
pub use prune::prune;
pub use refused::Refused;
pub use reset::{can_reset, request_password_reset, reset_password};
pub use settings::AccountSettings;
pub use sign_up::{SignUp, SignedUp, sign_up};
pub use update::{Profile, update_user};
pub(crate) use update::{check_image, check_name};
pub use verification::{Verified, send_verification_email, verify_email};

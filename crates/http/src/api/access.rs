//! Who may call an endpoint.

use portcullis_service::guard::{CHOSEN, Guard, Unset};

/// Who may call an endpoint. Every endpoint says it, and nothing is public without a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody; the text says why that is right.
    Public(&'static str),
    /// Whoever is signed in, about itself: by session token, cookie or access token.
    Session,
    /// The user in person: nobody who acts for it, by token, impersonation or key.
    InPerson,
    /// Whoever the policy lets do the operation.
    Guarded(&'static Guard),
    /// Whoever has the permission that the operator named for this operation of
    /// [`portcullis_service::guard::CHOSEN`].
    Chosen(&'static str),
    /// Whoever has the permission that the request itself names.
    Named,
    /// Whoever is signed in, by access token alone.
    AccessToken,
    /// A service, by its key.
    ServiceKey,
}

impl Access {
    /// The name in `x-portcullis-access`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Public(_) => "public",
            Self::Session => "session",
            Self::InPerson => "in-person",
            Self::Guarded(_) | Self::Chosen(_) | Self::Named => "permission",
            Self::AccessToken => "access-token",
            Self::ServiceKey => "service-key",
        }
    }

    /// The operation of the table of guards that this is.
    #[must_use]
    pub const fn operation(self) -> Option<&'static str> {
        match self {
            Self::Guarded(guard) => Some(guard.operation),
            Self::Chosen(operation) => Some(operation),
            _ => None,
        }
    }

    /// A sentence for people.
    #[must_use]
    pub fn sentence(self) -> String {
        match self {
            Self::Public(why) => format!("Anybody may call this: {why}."),
            Self::Session => "Whoever is signed in may call this.".to_owned(),
            Self::InPerson => {
                "The user in person may call this, and nobody who acts for them.".to_owned()
            }
            Self::Guarded(guard) => format!(
                "Needs the permission {}{}.",
                quoted(guard.permissions),
                if guard.permissions.len() > 1 {
                    " (of these the first that the policy defines)"
                } else {
                    ""
                }
            ),
            Self::Chosen(operation) => chosen(operation),
            Self::Named => "Needs the permission that the request names.".to_owned(),
            Self::AccessToken => {
                "Whoever has an access token may call this; a cookie doesn't do.".to_owned()
            }
            Self::ServiceKey => "A service may call this, by its key.".to_owned(),
        }
    }
}

fn quoted(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn chosen(operation: &str) -> String {
    let Some(row) = CHOSEN.iter().find(|row| row.operation == operation) else {
        return String::new();
    };
    let member = row
        .member
        .map_or(String::new(), |member| format!(" under `{member}`"));
    let unset = match row.unset {
        Unset::Nobody => "Without that setting nobody may.",
        Unset::OneSelf => "Without it everybody may about themselves alone.",
        Unset::Owners => "Without that setting owners of the tenant may.",
        Unset::Members => "Without that setting members of the tenant may.",
        Unset::SignedIn => "Without that setting whoever is signed in may.",
    };
    format!(
        "Needs the permission that `{}` names{member}. {unset}",
        row.setting
    )
}

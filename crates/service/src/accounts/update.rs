//! How an account shows itself: its name and picture.

use super::Refused;
use super::ports::ProfileChange;
use crate::audit::event;
use crate::shown::is_shown;
use crate::{App, AuditStatus, Caller, Context, Denied, Error, Host, Store};

/// Longest name, in characters.
const MAX_NAME_CHARS: usize = 256;
/// Longest address of a picture, in bytes.
const MAX_IMAGE_BYTES: usize = 2048;

/// What is to be changed; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// Another name.
    pub name: Option<String>,
    /// Another picture, or none.
    pub image: Option<Option<String>>,
}

/// Changes the caller's name and picture.
///
/// # Errors
/// [`Refused::NothingToUpdate`], [`Refused::Value`], and [`Denied::Unauthenticated`] when the
/// account has gone.
pub async fn update_user<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    profile: Profile,
    context: &Context,
) -> Result<(), Error> {
    caller.require_in_person()?;
    if profile.name.is_none() && profile.image.is_none() {
        return Err(Refused::NothingToUpdate.into());
    }
    if let Some(name) = &profile.name {
        check_name(name)?;
    }
    if let Some(image) = &profile.image {
        check_image(image.as_deref())?;
    }
    let mut record = event(app, context, "account.update", AuditStatus::Ok);
    caller.mark(&mut record);
    // Conditions of the policy may be about the name.
    let declared = app.settings.policy.auth().iter();
    let counts = profile.name.is_some() && declared.into_iter().any(|one| one.name == "name");
    let change = ProfileChange {
        user_id: caller.user.id.clone(),
        name: profile.name,
        image: profile.image,
        counts,
        now_ms: app.host.now_ms(),
    };
    if app.store.update_profile(&change, &record).await? {
        Ok(())
    } else {
        Err(Denied::Unauthenticated.into())
    }
}

/// A name is some text in which nothing is hidden or turned around.
pub(crate) fn check_name(name: &str) -> Result<(), Error> {
    let is_name = name.chars().count() <= MAX_NAME_CHARS && is_shown(name);
    if is_name {
        Ok(())
    } else {
        let expected = "at most 256 characters without control or hidden characters";
        Err(Refused::Value("name", expected).into())
    }
}

/// Cross-site scripting (CWE-79): pages put the address of a picture into links and `src`, so none
/// runs as a script.
pub(crate) fn check_image(image: Option<&str>) -> Result<(), Error> {
    let Some(image) = image else { return Ok(()) };
    let lower = image.to_ascii_lowercase();
    let is_safe = ["https://", "http://", "/", "data:image/"]
        .iter()
        .any(|start| lower.starts_with(start));
    let is_text = image.len() <= MAX_IMAGE_BYTES
        && !image.chars().any(|c| c.is_control() || c.is_whitespace());
    if image.is_empty() || (is_safe && is_text) {
        Ok(())
    } else {
        let expected = "an http, https or data:image URL of at most 2048 bytes";
        Err(Refused::Value("image", expected).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_256_characters_and_not_one_more_and_none_that_ends_a_line() {
        assert!(check_name(&"é".repeat(256)).is_ok());
        assert!(check_name(&"é".repeat(257)).is_err());
        assert!(check_name("Ann\nLee").is_err());
        assert!(check_name("Ann\u{200b}Lee").is_err());
        assert!(check_name("\u{202e}eeL nnA").is_err());
    }

    #[test]
    fn a_picture_is_never_a_script() {
        for image in [
            "",
            "/ann.png",
            "https://a.example/ann",
            "data:image/png;base64,AA==",
        ] {
            assert!(check_image(Some(image)).is_ok(), "{image}");
        }
        for image in [
            "javascript:alert(1)",
            "JavaScript:x",
            "data:text/html,x",
            "x",
            " /a",
            "/a b",
        ] {
            assert!(check_image(Some(image)).is_err(), "{image}");
        }
        let of = |bytes: usize| format!("/{}", "a".repeat(bytes - 1));
        assert!(check_image(Some(&of(2048))).is_ok());
        assert!(check_image(Some(&of(2049))).is_err());
        assert!(check_image(None).is_ok());
    }
}

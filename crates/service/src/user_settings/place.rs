//! Which object of settings is meant.

use super::Refused;

/// Longest name of an application or a device, in bytes.
pub const MAX_NAME_BYTES: usize = 64;

/// One of a user's objects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The one for everything.
    Global,
    /// The one for an application, by its name.
    App(String),
    /// The one for a device, by its id.
    Device(String),
}

impl Place {
    /// The place of a kind, `global`, `app` or `device`, and a name, which is empty for `global`.
    ///
    /// # Errors
    /// [`Refused::Invalid`] for another kind, and for a name that isn't 1 to 64 of letters, digits
    /// and `.`, `_`, `-`, `:`, `@`.
    pub fn parse(kind: &str, name: &str) -> Result<Self, Refused> {
        let is_name = (1..=MAX_NAME_BYTES).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-:@".contains(&byte));
        match (kind, is_name) {
            ("global", _) if name.is_empty() => Ok(Self::Global),
            ("app", true) => Ok(Self::App(name.to_owned())),
            ("device", true) => Ok(Self::Device(name.to_owned())),
            _ => Err(Refused::Invalid(format!(
                "a name of an application or a device has 1 to {MAX_NAME_BYTES} letters, digits \
                 and . _ - : @"
            ))),
        }
    }

    /// `global`, `app` or `device`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::App(_) => "app",
            Self::Device(_) => "device",
        }
    }

    /// The name of the application or device; empty for the global place.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Global => "",
            Self::App(name) | Self::Device(name) => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_back_from_its_kind_and_name() {
        let longest = "a".repeat(MAX_NAME_BYTES);
        for (kind, name) in [
            ("global", ""),
            ("app", "notes.example"),
            ("device", "A-1_b:c@d"),
            ("app", &longest),
        ] {
            let place = Place::parse(kind, name).unwrap();
            assert_eq!((place.kind(), place.name()), (kind, name));
        }
    }

    #[test]
    fn another_kind_and_a_name_with_anything_else_are_refused() {
        let longer = "a".repeat(MAX_NAME_BYTES + 1);
        for (kind, name) in [
            ("global", "a"),
            ("app", ""),
            ("device", "a b"),
            ("device", "a/b"),
            ("app", "é"),
            ("app", &longer),
            ("user", "a"),
        ] {
            let refused = Place::parse(kind, name).unwrap_err();
            assert!(matches!(refused, Refused::Invalid(_)), "{kind} {name}");
        }
    }
}

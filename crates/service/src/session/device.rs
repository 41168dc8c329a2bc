//! What a person calls the device that a session is on.

/// Longest name of a device, in characters.
pub const MAX_DEVICE_NAME_CHARS: usize = 64;
/// Longest id of a device, in bytes.
pub const MAX_DEVICE_ID_BYTES: usize = 64;
/// Shortest id of a device, in bytes.
pub const MIN_DEVICE_ID_BYTES: usize = 8;

/// The device of a session, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Device {
    /// Which one: 8 to 64 letters, digits, `-` and `_`; empty when unknown.
    pub id: String,
    /// What to call it: at most 64 characters; empty when unknown.
    pub name: String,
}

impl Device {
    /// A device by what a client says of itself. An id of another form counts as none, and without a
    /// name it is called by its `User-Agent`.
    #[must_use]
    pub fn new(id: Option<&str>, name: Option<&str>, user_agent: &str) -> Self {
        let id = id.filter(|id| is_device_id(id)).unwrap_or_default();
        let name = name.map(clean_name).filter(|name| !name.is_empty());
        Self {
            id: id.to_owned(),
            name: name.unwrap_or_else(|| name_of(user_agent)),
        }
    }
}

/// Whether a text can be the id of a device.
#[must_use]
pub fn is_device_id(text: &str) -> bool {
    (MIN_DEVICE_ID_BYTES..=MAX_DEVICE_ID_BYTES).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// A name without control characters, white space around it, or more than 64 characters.
#[must_use]
pub fn clean_name(text: &str) -> String {
    let clean: String = text
        .trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_DEVICE_NAME_CHARS)
        .collect();
    clean.trim_end().to_owned()
}

/// What a `User-Agent` says to a person: `Firefox on Linux`. The order matters: browsers name the
/// ones that they are built like as well.
#[must_use]
pub fn name_of(user_agent: &str) -> String {
    let named = |names: &[(&str, &'static str)]| {
        let found = names.iter().find(|(part, _)| user_agent.contains(part));
        found.map(|(_, name)| *name)
    };
    let program = named(&[
        ("Edg/", "Edge"),
        ("EdgA/", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = named(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("CrOS", "ChromeOS"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (program, system) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        // A program that isn't a browser: its name and version, `curl/8.5.0`.
        (None, None) => clean_name(user_agent.split_whitespace().next().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_called_by_its_own_name_and_its_system() {
        for (agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.5.0", "curl/8.5.0"),
            ("", ""),
        ] {
            assert_eq!(name_of(agent), name);
        }
    }

    #[test]
    fn a_name_is_trimmed_to_64_characters_without_control_characters() {
        assert_eq!(clean_name(" Ann's\u{7} phone \n"), "Ann's phone");
        assert_eq!(clean_name(&"é".repeat(65)), "é".repeat(64));
    }

    #[test]
    fn an_id_of_another_form_counts_as_none() {
        for (id, expected) in [
            ("a234567", ""),
            ("a2345678", "a2345678"),
            ("a b45678", ""),
            ("a-_45678", "a-_45678"),
        ] {
            assert_eq!(Device::new(Some(id), None, "").id, expected);
        }
        let (long, longest) = ("a".repeat(65), "a".repeat(64));
        assert_eq!(Device::new(Some(&long), None, "").id, "");
        assert_eq!(Device::new(Some(&longest), None, "").id.len(), 64);
    }

    #[test]
    fn a_name_that_was_given_goes_before_the_agents() {
        assert_eq!(Device::new(None, Some("Mine"), "curl/8").name, "Mine");
        assert_eq!(Device::new(None, Some(" "), "curl/8").name, "curl/8");
    }
}

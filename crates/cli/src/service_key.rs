//! `portcullis service-key`.

use std::io::Write;

use portcullis_issue::service_key::ServiceKey;
use portcullis_service::identity_links::ServiceKeys;
use serde_json::{Map, Value, json};

use crate::host::SystemEntropy;

/// The setting that an entry goes into.
const SETTING: &str = "PORTCULLIS_SERVICE_KEYS";

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Make a key for a service, such as a bot, that links chat identities to accounts and acts for
    /// their users. Prints the key, which is kept nowhere, and the setting `PORTCULLIS_SERVICE_KEYS`
    /// with what it has in the environment and the new key's entry, which holds only a hash.
    ///
    /// A service that has an entry already keeps its older keys: take them out when the new one is in
    /// use.
    New {
        /// The service's name: lower-case letters, digits and . _ -
        name: String,
        /// A network that the key is for, such as `discord`; may be repeated.
        #[arg(long = "network", required = true)]
        networks: Vec<String>,
    },
}

/// Runs the command.
///
/// # Errors
/// A sentence.
pub(crate) fn run(command: &Command) -> Result<(), String> {
    let Command::New { name, networks } = command;
    let key = ServiceKey::generate(&mut SystemEntropy);
    let setting = setting(
        std::env::var(SETTING).ok().as_deref(),
        name,
        networks,
        &key.hash().to_string(),
    )?;
    eprintln!("the key of `{name}`, shown once, and the setting that knows it by its hash:");
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}\n{SETTING}={setting}", key.expose()).map_err(|error| error.to_string())
}

/// The setting with one more hash.
fn setting(
    old: Option<&str>,
    name: &str,
    networks: &[String],
    hash: &str,
) -> Result<String, String> {
    let read = |text: &str| ServiceKeys::read(&|_| Some(text.to_owned()));
    let mut entries = match old.filter(|text| !text.trim().is_empty()) {
        None => Map::new(),
        Some(text) => {
            read(text)?;
            serde_json::from_str(text).map_err(|error| format!("{SETTING}: {error}"))?
        }
    };
    let mut hashes = vec![json!(hash)];
    match entries.get(name).and_then(|entry| entry.get("hash")) {
        Some(Value::Array(older)) => hashes.extend(older.iter().cloned()),
        Some(older) => hashes.push(older.clone()),
        None => {}
    }
    entries.insert(
        name.to_owned(),
        json!({ "hash": hashes, "networks": networks }),
    );
    let text = Value::Object(entries).to_string();
    read(&text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(letter: char) -> String {
        // 43 characters of base64url whose last one has no stray bits.
        format!("{}A", letter.to_string().repeat(42))
    }

    fn with(old: Option<&str>, name: &str, letter: char) -> Result<String, String> {
        setting(old, name, &["discord".to_owned()], &hash(letter))
    }

    #[test]
    fn the_first_key_makes_the_setting_and_the_next_ones_are_added() {
        let first = with(None, "bot", 'a').unwrap();
        let entry = json!({ "bot": { "hash": [hash('a')], "networks": ["discord"] } });
        assert_eq!(first, entry.to_string());
        let second = with(Some(&first), "other", 'b').unwrap();
        let again = with(Some(&second), "bot", 'c').unwrap();
        let read: Value = serde_json::from_str(&again).unwrap();
        assert_eq!(read["bot"]["hash"], json!([hash('c'), hash('a')]));
        assert_eq!(read["other"]["hash"], json!([hash('b')]));
    }

    #[test]
    fn a_setting_that_the_server_would_refuse_is_not_printed() {
        let error = with(None, "Bot", 'a').unwrap_err();
        assert!(error.contains("lower-case letters"), "{error}");
        let error = with(Some("[]"), "bot", 'a').unwrap_err();
        assert!(error.starts_with("PORTCULLIS_SERVICE_KEYS: "), "{error}");
        let networks = ["Discord".to_owned()];
        let error = setting(None, "bot", &networks, &hash('a')).unwrap_err();
        assert!(error.contains("names no network"), "{error}");
    }
}

//! Lines that ask for accounts.

use portcullis_core::decide::Grant;
use portcullis_core::json;
use serde_json::{Map, Value};

use super::line::COLUMNS;
use super::{Format, csv};

/// Longest line of JSON, in bytes.
const MAX_LINE_BYTES: usize = 64 * 1024;
/// What stands between roles in a cell.
const BETWEEN_ROLES: [char; 3] = [' ', ',', ';'];

/// An account that a line asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The address, as it was written.
    pub email: String,
    /// The name; the address if there is none.
    pub name: String,
    /// Whether the address counts as confirmed.
    pub email_verified: bool,
    /// A picture.
    pub image: Option<String>,
    /// The tier; `None` is the policy's default.
    pub tier: Option<String>,
    /// Roles, each `ROLE` or `ROLE@scope`.
    pub roles: Vec<String>,
}

/// A line with its number, and what it asks for, or why it can't be read.
pub type Asked = (usize, Result<Wanted, String>);

/// Reads a file. It may have the columns of an export; those that aren't asked for, such as `id` and
/// `banned`, are ignored.
///
/// # Errors
/// A sentence when there is no such file: a column that isn't known, or none for addresses.
pub fn read(text: &str, format: Format) -> Result<Vec<Asked>, String> {
    match format {
        Format::Csv => read_csv(text),
        Format::Json => Ok(read_json(text)),
    }
}

fn read_csv(text: &str) -> Result<Vec<Asked>, String> {
    let lines = csv::read(text).map_err(|line| {
        format!("line {line}: a quote has no end, or something stands behind it")
    })?;
    let mut lines = lines.into_iter();
    let Some((_, names)) = lines.next() else {
        return Err("the file is empty: its first line names the columns".to_owned());
    };
    for (index, name) in names.iter().enumerate() {
        if !COLUMNS.contains(&name.as_str()) {
            let name: String = name.chars().take(64).collect();
            let known = COLUMNS.join(", ");
            return Err(format!("there is no column `{name}`; there are: {known}"));
        }
        if names.iter().skip(index + 1).any(|other| other == name) {
            return Err(format!("there are two columns `{name}`"));
        }
    }
    if !names.iter().any(|name| name == "email") {
        return Err("there is no column `email`".to_owned());
    }
    let read = |(number, cells): csv::Numbered| {
        if cells.len() != names.len() {
            let (has, wants) = (cells.len(), names.len());
            return (number, Err(format!("{has} cells, not {wants}")));
        }
        let members = names.iter().cloned().zip(cells);
        let members = members
            .map(|(name, cell)| (name, Value::String(cell)))
            .collect();
        (number, wanted(&members))
    };
    Ok(lines.map(read).collect())
}

fn read_json(text: &str) -> Vec<Asked> {
    (1..)
        .zip(text.lines())
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| {
            let wanted = match json::parse(line.as_bytes(), MAX_LINE_BYTES) {
                Ok(Value::Object(members)) => wanted(&members),
                _ => Err("not a JSON object".to_owned()),
            };
            (number, wanted)
        })
        .collect()
}

fn wanted(members: &Map<String, Value>) -> Result<Wanted, String> {
    for name in members.keys() {
        if !COLUMNS.contains(&name.as_str()) {
            let name: String = name.chars().take(64).collect();
            return Err(format!("there is no column `{name}`"));
        }
    }
    let email = text(members, "email")?.ok_or("no `email`")?;
    Ok(Wanted {
        name: text(members, "name")?.unwrap_or_else(|| email.clone()),
        email_verified: flag(members, "emailVerified")?,
        image: text(members, "image")?,
        tier: text(members, "tier")?,
        roles: roles(members)?,
        email,
    })
}

/// A text; an empty one is none.
fn text(members: &Map<String, Value>, name: &str) -> Result<Option<String>, String> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => Err(format!("`{name}` isn't a text")),
    }
}

fn flag(members: &Map<String, Value>, name: &str) -> Result<bool, String> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(Value::String(text)) if text.is_empty() => Ok(false),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(true),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(false),
        Some(_) => Err(format!("`{name}` is neither true nor false")),
    }
}

fn roles(members: &Map<String, Value>) -> Result<Vec<String>, String> {
    let told = || "`roles` isn't a list of texts".to_owned();
    let texts = match members.get("roles") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(text)) => text.split(BETWEEN_ROLES).map(str::to_owned).collect(),
        Some(Value::Array(list)) => list
            .iter()
            .map(|one| one.as_str().map(str::to_owned).ok_or_else(told))
            .collect::<Result<Vec<_>, _>>()?,
        Some(_) => return Err(told()),
    };
    let mut roles: Vec<String> = Vec::new();
    for text in texts.into_iter().filter(|text| !text.is_empty()) {
        // `CLERK@` is `CLERK`.
        let role = Grant::parse(&text).to_string();
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    Ok(roles)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ann() -> Wanted {
        Wanted {
            email: "ann@example.org".into(),
            name: "=Ann".into(),
            email_verified: true,
            image: None,
            tier: Some("beta".into()),
            roles: vec!["CLERK".into(), "HEAD@org:o".into()],
        }
    }

    #[test]
    fn an_export_can_be_read_in_again() {
        let line = super::super::line::Line {
            id: "7".into(),
            email: "ann@example.org".into(),
            name: "=Ann".into(),
            email_verified: true,
            image: None,
            tier: Some("beta".into()),
            roles: vec!["CLERK".into(), "HEAD@org:o".into()],
            disabled: true,
            banned: false,
            ban_reason: None,
            ban_expires_at_ms: None,
            created_at_ms: 0,
            updated_at_ms: 0,
        };
        for (format, number) in [(Format::Csv, 2), (Format::Json, 1)] {
            let file = super::super::line::head(format) + &line.write(format);
            assert_eq!(read(&file, format), Ok(vec![(number, Ok(ann()))]));
        }
    }

    #[test]
    fn lines_that_ask_for_nothing_sensible_say_why_by_number() {
        let file = "email,name,emailVerified,roles\n\
            ann@example.org,Ann,TRUE,CLERK;HEAD CLERK@\n\
            ,Bob,,\n\
            cy@example.org,Cy,perhaps,\n\
            dan@example.org,Dan\n";
        let read = read(file, Format::Csv).unwrap();
        let told: Vec<_> = read
            .iter()
            .map(|(number, one)| (*number, one.as_ref().err().map(String::as_str)))
            .collect();
        assert_eq!(read[0].1.as_ref().unwrap().roles, ["CLERK", "HEAD"]);
        assert_eq!(
            told,
            [
                (2, None),
                (3, Some("no `email`")),
                (4, Some("`emailVerified` is neither true nor false")),
                (5, Some("2 cells, not 4")),
            ]
        );
        let file = "{\"email\":\"a@b.c\",\"roles\":[1]}\n\nx\n{\"mail\":1}";
        let told: Vec<_> = super::read(file, Format::Json).unwrap();
        let told: Vec<_> = told
            .into_iter()
            .map(|(number, one)| (number, one.unwrap_err()))
            .collect();
        assert_eq!(
            told,
            [
                (1, "`roles` isn't a list of texts".to_owned()),
                (3, "not a JSON object".to_owned()),
                (4, "there is no column `mail`".to_owned()),
            ]
        );
    }

    #[test]
    fn a_file_with_a_column_of_another_name_or_without_addresses_is_none() {
        let told = |text| read(text, Format::Csv).unwrap_err();
        assert!(told("email,e-mail\n").starts_with("there is no column `e-mail`; there are: id, "));
        assert_eq!(told("name\n"), "there is no column `email`");
        assert!(told("").starts_with("the file is empty"));
        assert_eq!(told("email,name,email\n"), "there are two columns `email`");
        assert!(told("email\n\"x").starts_with("line 2: a quote"));
    }

    #[test]
    fn no_column_is_for_a_password() {
        for name in ["password", "phc", "hash"] {
            let file = format!("{{\"email\":\"a@b.c\",\"{name}\":\"x\"}}");
            let read = read(&file, Format::Json).unwrap();
            assert_eq!(read[0].1, Err(format!("there is no column `{name}`")));
        }
    }
}

//! `portcullis policy fmt`: one layout for all policy files.

mod layout;
#[cfg(test)]
mod property;
mod value;

use std::path::Path;
use std::process::ExitCode;

use portcullis_core::policy::toml;
use toml_edit::DocumentMut;

use super::output;
use super::source;
use crate::unread::unread;

/// Lay policy files out in the one style, keeping comments and meaning.
///
/// Sections and the keys of roles, tiers, tenants, resources and rules get one order; names keep
/// theirs, which has a meaning.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files; `-` is standard input, written to standard output.
    #[arg(required = true)]
    files: Vec<String>,
    /// Change nothing; name the files that aren't laid out so, and end with code 1.
    #[arg(long)]
    check: bool,
}

pub(super) fn run(args: &Args) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for name in &args.files {
        match format_file(name, args.check) {
            Ok(true) => {}
            Ok(false) => code = ExitCode::FAILURE,
            Err(problem) => {
                output::problem(&problem);
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}

/// Returns `false` for a file that isn't laid out so, when it is only to be checked.
fn format_file(name: &str, is_check: bool) -> Result<bool, String> {
    let text = if name == "-" {
        std::io::read_to_string(std::io::stdin())
            .map_err(|error| format!("can't read standard input: {}", unread(&error)))?
    } else if source::is_shipped(name) && !Path::new(name).exists() {
        return Err(format!("`{name}` is a shipped policy, not a file"));
    } else {
        std::fs::read_to_string(name)
            .map_err(|error| format!("can't read `{name}`: {}", unread(&error)))?
    };
    let formatted = format(&text).map_err(|problem| format!("{name}:{problem}"))?;
    if is_check {
        if formatted != text {
            output::line(&format!(
                "{name}: not laid out as `portcullis policy fmt` does"
            ));
        }
        return Ok(formatted == text);
    }
    if name == "-" {
        output::text(&formatted);
    } else if formatted != text {
        output::file(Path::new(name), &formatted)?;
        output::line(&format!("{name}: laid out"));
    }
    Ok(true)
}

/// The text in the one style.
///
/// # Errors
/// A sentence: it isn't a policy, or it can't be laid out without changing what it says.
fn format(text: &str) -> Result<String, String> {
    let before = toml::parse(text).map_err(|error| match error.position {
        Some(_) => error.to_string(),
        None => format!(" {error}"),
    })?;
    let document: DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| format!(" {}", error.message()))?;
    let formatted = layout::write(&document);
    let same = toml::parse(&formatted).is_ok_and(|after| after.digest() == before.digest())
        && comments(text) == comments(&formatted);
    if same {
        Ok(formatted)
    } else {
        Err(
            " can't be laid out without changing it; write every section once, and its tables \
             together"
                .to_owned(),
        )
    }
}

/// Every comment, sorted, to be sure that none is lost.
fn comments(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['#', '"', '\'']) {
        rest = rest.get(at..).unwrap_or("");
        if rest.starts_with('#') {
            let comment = rest.lines().next().unwrap_or("");
            found.push(comment.trim());
            rest = rest.get(comment.len()..).unwrap_or("");
        } else {
            rest = behind_string(rest);
        }
    }
    found.sort_unstable();
    found
}

/// What follows the string that `text` begins with.
fn behind_string(text: &str) -> &str {
    let quotes = ["\"\"\"", "'''", "\"", "'"];
    let Some(quote) = quotes.into_iter().find(|quote| text.starts_with(quote)) else {
        return "";
    };
    let mut rest = text.get(quote.len()..).unwrap_or("");
    loop {
        let end = rest.find(quote);
        // Only double quotes know escapes.
        let escape = rest.find('\\').filter(|_| quote.starts_with('"'));
        match (end, escape) {
            (Some(end), Some(escape)) if escape < end => {
                let mut chars = rest.get(escape + 1..).unwrap_or("").chars();
                chars.next();
                rest = chars.as_str();
            }
            (Some(end), _) => return rest.get(end + quote.len()..).unwrap_or(""),
            (None, _) => return "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn becomes(text: &str, expected: &str) {
        let formatted = format(text).unwrap();
        assert_eq!(formatted, expected);
        assert_eq!(format(&formatted).unwrap(), expected, "a second time");
    }

    #[test]
    fn spaces_quotes_and_blank_lines_become_one_style() {
        becomes(
            "name='p'\n\n\n\nversion   =  \"1\"   # why\n[roles.A]\nlabel = 'The \"A\"'\n[ permissions ]\n'a:b'=['A',]\n",
            "name = \"p\"\n\nversion = \"1\" # why\n\n[roles.A]\nlabel = 'The \"A\"'\n\n[permissions]\n\"a:b\" = [\"A\"]\n",
        );
    }

    #[test]
    fn sections_and_the_keys_of_roles_get_their_order_and_comments_go_with_them() {
        becomes(
            "version = \"1\"\n# whose\nname = \"p\"\n# what\n[permissions]\n\"b:c\" = []\n\"a:b\" = [\"A\"]\n# who\n[roles.A] # first\nlevel = 1\n# called\nlabel = \"a\"\n# the end\n",
            "# whose\nname = \"p\"\nversion = \"1\"\n\n# who\n[roles.A] # first\n# called\nlabel = \"a\"\nlevel = 1\n\n# what\n[permissions]\n\"b:c\" = []\n\"a:b\" = [\"A\"]\n\n# the end\n",
        );
    }

    #[test]
    fn long_lists_and_lists_with_comments_stand_on_lines_of_their_own() {
        let roles: Vec<_> = (0..12).map(|n| format!("a_rather_long_name_{n}")).collect();
        let tables = roles.iter().map(|role| format!("\n[roles.{role}]\n"));
        let tables = tables.collect::<Vec<_>>().concat();
        let lines = roles.iter().map(|role| format!("    \"{role}\",\n"));
        let lines = lines.collect::<Vec<_>>().concat();
        let line: Vec<_> = roles.iter().map(|role| format!("\"{role}\"")).collect();
        becomes(
            &format!(
                "name = \"p\"\n{tables}\n[permissions]\n\"a:b\" = [{}]\n",
                line.join(",")
            ),
            &format!("name = \"p\"\n{tables}\n[permissions]\n\"a:b\" = [\n{lines}]\n"),
        );
        becomes(
            "name = \"p\"\nscopes = [\n# wide\n\"a\", # why\n  \"b\"\n # end\n ]\n",
            "name = \"p\"\nscopes = [\n    # wide\n    \"a\", # why\n    \"b\",\n    # end\n]\n",
        );
    }

    #[test]
    fn comments_of_neighbouring_lines_stand_below_one_another() {
        becomes(
            "name = \"p\" # a\nversion = \"1.0\" # b\n",
            "name = \"p\"      # a\nversion = \"1.0\" # b\n",
        );
    }

    #[test]
    fn a_hash_in_a_text_is_no_comment() {
        assert_eq!(
            comments("a = \"# \\\" #\" # b\nc = '#' # d\n"),
            ["# b", "# d"]
        );
        assert_eq!(comments("a = \"\"\"\n# \"no\"\n\"\"\" # b"), ["# b"]);
        becomes("name = 'a # b'\n", "name = \"a # b\"\n");
    }

    #[test]
    fn what_would_change_the_policy_is_refused() {
        let problem = format("name = \"p\"\n[roles.B]\n[roles]\nA = {}\n").unwrap_err();
        assert!(problem.starts_with(" can't be laid out"), "{problem}");
        let problem = format("name = 1\n").unwrap_err();
        assert!(problem.starts_with("1:8: "), "{problem}");
    }
}

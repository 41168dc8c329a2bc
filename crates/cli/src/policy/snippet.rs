//! Lines of a file, quoted with a caret under what is meant.

use portcullis_core::policy::Position;

const MAX_LINE_CHARS: usize = 120;

/// Longer clauses are cut.
const MAX_LINES: usize = 12;

/// The lines of a clause with a caret under what decided; empty if it has no place in the text.
///
/// A clause that is a table is quoted whole, with the caret under the key that its path ends with, or
/// under a rule's condition. Every line of the answer begins with `indent`.
pub(crate) fn quote_clause(text: &str, path: &str, at: Option<Position>, indent: &str) -> String {
    let Some(at) = at else {
        return String::new();
    };
    let first = usize::try_from(at.line.saturating_sub(1)).unwrap_or(usize::MAX);
    let rest = || text.lines().skip(first);
    let is_table = rest()
        .next()
        .is_some_and(|line| line.trim_start().starts_with('['));
    if !is_table {
        return quote(text, at, indent);
    }
    let is_inside = |(number, line): &(usize, &str)| {
        *number == 0 || !(line.trim().is_empty() || line.trim_start().starts_with('['))
    };
    let lines: Vec<_> = rest()
        .enumerate()
        .take_while(is_inside)
        .take(MAX_LINES)
        .collect();
    let key = if path.starts_with("rules.") {
        "when"
    } else {
        path.rsplit('.').next().unwrap_or("")
    };
    let is_entry = |line: &str| {
        line.split_once('=')
            .is_some_and(|(name, _)| name.trim() == key)
    };
    let meant = lines
        .iter()
        .position(|(_, line)| is_entry(line))
        .unwrap_or(0);
    let margin = digits(first + lines.len());
    let mut quoted = String::new();
    for (number, line) in lines {
        let caret = (number == meant).then(|| caret_of(line, meant, at));
        quoted.push_str(&numbered(first + number + 1, line, caret, margin, indent));
    }
    quoted
}

/// Where the caret stands in a line, as characters before it and under it.
fn caret_of(line: &str, index: usize, at: Position) -> (usize, usize) {
    let column = usize::try_from(at.column.saturating_sub(1)).unwrap_or(0);
    let value = line.split_once('=').filter(|_| index > 0);
    let before = match value {
        None => column,
        Some((name, value)) => {
            let blank = value.chars().take_while(|c| c.is_whitespace()).count();
            name.chars().count() + 1 + blank
        }
    };
    let word: String = line.chars().skip(before).collect();
    (before, word_chars(&word).max(1))
}

/// The line at `at` with a caret under the word that stands there; empty if there is no such line.
fn quote(text: &str, at: Position, indent: &str) -> String {
    let index = usize::try_from(at.line.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(line) = text.lines().nth(index) else {
        return String::new();
    };
    let caret = caret_of(line, 0, at);
    numbered(index + 1, line, Some(caret), digits(index + 1), indent)
}

fn digits(number: usize) -> usize {
    number.to_string().len()
}

fn numbered(
    number: usize,
    line: &str,
    caret: Option<(usize, usize)>,
    margin: usize,
    indent: &str,
) -> String {
    let shown: String = line
        .chars()
        .map(|c| if c == '\t' { ' ' } else { c })
        .take(MAX_LINE_CHARS)
        .collect();
    let more = if shown.chars().count() < line.chars().count() {
        " …"
    } else {
        ""
    };
    let mut text = format!("{indent}{number:margin$} | {shown}{more}\n");
    if let Some((before, under)) = caret {
        let (blank, carets) = (" ".repeat(before), "^".repeat(under));
        push!(text, "{indent}{:margin$} | {blank}{carets}\n", "");
    }
    text
}

/// How many characters the word at the beginning of `text` has: a quoted text, a table's header, a
/// name.
fn word_chars(text: &str) -> usize {
    let first = text.chars().next();
    match first {
        Some(quote @ ('"' | '\'')) => {
            let inner = text.chars().skip(1);
            inner.take_while(|c| *c != quote).count() + 2
        }
        Some('[') => text
            .chars()
            .take_while(|c| *c != '#')
            .collect::<String>()
            .trim_end()
            .chars()
            .count(),
        Some('{') => 1,
        _ => {
            let is_word = |c: &char| c.is_alphanumeric() || "_-.:@".contains(*c);
            text.chars().take_while(is_word).count()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, column: u32) -> Position {
        Position { line, column }
    }

    #[test]
    fn the_caret_stands_under_the_whole_word() {
        let text = "a = 1\n\"pin:reveal\" = [\"A\"] # why\n[[tiers]] # lowest\n";
        assert_eq!(
            quote(text, at(2, 1), "  "),
            "  2 | \"pin:reveal\" = [\"A\"] # why\n    | ^^^^^^^^^^^^\n"
        );
        assert_eq!(
            quote(text, at(3, 1), ""),
            "3 | [[tiers]] # lowest\n  | ^^^^^^^^^\n"
        );
        assert_eq!(quote(text, at(1, 5), ""), "1 | a = 1\n  |     ^\n");
    }

    #[test]
    fn a_rule_is_quoted_whole_with_the_caret_under_its_condition() {
        let text = "a = 1\n[[rules]]\nname = \"r\"\nwhen = 'x == 1' # why\n\n[[rules]]\n";
        assert_eq!(
            quote_clause(text, "rules.r", Some(at(2, 1)), ""),
            "2 | [[rules]]\n3 | name = \"r\"\n4 | when = 'x == 1' # why\n  |        ^^^^^^^^\n"
        );
        assert_eq!(
            quote_clause(text, "rules.s", Some(at(6, 1)), ""),
            "6 | [[rules]]\n  | ^^^^^^^^^\n"
        );
    }

    #[test]
    fn a_place_outside_of_the_text_quotes_nothing_or_one_caret() {
        assert_eq!(quote("a\n", at(9, 1), ""), "");
        assert_eq!(quote("a\n", at(1, 4), ""), "1 | a\n  |    ^\n");
    }
}

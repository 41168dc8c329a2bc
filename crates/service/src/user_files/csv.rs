//! Comma-separated values (RFC 4180).

/// What begins a cell that spreadsheets take for a formula, with the wide forms that some of them fold.
const STARTS_FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Writes cells as a line.
#[must_use]
pub fn write<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    let mut line = cells.join(",");
    line.push_str("\r\n");
    line
}

fn cell(text: &str) -> String {
    // CSV injection (CWE-1236): a name that begins as a formula would run where the file is opened.
    let text = if is_formula(text) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\r', '\n', ';', '\t', '\'']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// Whether a cell begins as a formula, or as one that was made harmless: so every text comes back as it
/// was.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(STARTS_FORMULA)
}

/// The text of a cell as it was before it was made harmless.
fn read_cell(text: String) -> String {
    match text.strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest.to_owned(),
        _ => text,
    }
}

/// A line with its number; the first is 1.
pub type Numbered = (usize, Vec<String>);

/// Reads a text; empty lines are left out.
///
/// # Errors
/// The number of a line with a quote that has no end, or something behind one.
pub fn read(text: &str) -> Result<Vec<Numbered>, usize> {
    let mut reader = Reader {
        rest: text.strip_prefix('\u{feff}').unwrap_or(text),
        line: 1,
    };
    let mut lines = Vec::new();
    while !reader.rest.is_empty() {
        let number = reader.line;
        let cells = reader.cells()?;
        if cells.iter().any(|cell| !cell.is_empty()) {
            lines.push((number, cells));
        }
    }
    Ok(lines)
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl Reader<'_> {
    fn cells(&mut self) -> Result<Vec<String>, usize> {
        let mut cells = Vec::new();
        loop {
            let text = if let Some(rest) = self.rest.strip_prefix('"') {
                self.rest = rest;
                self.quoted()?
            } else {
                let end = self.rest.find([',', '\r', '\n']).unwrap_or(self.rest.len());
                let (text, rest) = self.rest.split_at_checked(end).unwrap_or_default();
                self.rest = rest;
                text.to_owned()
            };
            cells.push(read_cell(text));
            if let Some(rest) = self.rest.strip_prefix(',') {
                self.rest = rest;
                continue;
            }
            let ended = self.rest.strip_prefix("\r\n");
            let ended = ended.or_else(|| self.rest.strip_prefix(['\n', '\r']));
            return match ended {
                Some(rest) => {
                    self.rest = rest;
                    self.line += 1;
                    Ok(cells)
                }
                None if self.rest.is_empty() => Ok(cells),
                None => Err(self.line),
            };
        }
    }

    /// What stands up to the quote that ends it; two of them are one that doesn't.
    fn quoted(&mut self) -> Result<String, usize> {
        let begun = self.line;
        let mut text = String::new();
        loop {
            let (before, rest) = self.rest.split_once('"').ok_or(begun)?;
            self.line += before.bytes().filter(|byte| *byte == b'\n').count();
            text.push_str(before);
            let Some(more) = rest.strip_prefix('"') else {
                self.rest = rest;
                return Ok(text);
            };
            text.push('"');
            self.rest = more;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_begins_as_a_formula_is_made_harmless_and_comes_back() {
        for text in [
            "=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "'=1", "''@x",
        ] {
            let line = write([text]);
            let first = line.trim_start_matches('"').chars().next();
            assert_eq!(first, Some('\''), "{text:?} as {line:?}");
            assert_eq!(
                read(&line),
                Ok(vec![(1, vec![text.to_owned()])]),
                "{text:?}"
            );
        }
        assert_eq!(write(["'t Hooft", "a=b"]), "\"'t Hooft\",a=b\r\n");
    }

    #[test]
    fn quotes_commas_and_line_ends_stay_inside_their_cell() {
        assert_eq!(
            write(["a,b", "say \"hi\"", "two\nlines", ""]),
            "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\r\n"
        );
    }

    #[test]
    fn lines_are_counted_as_editors_count_them() {
        let text = "\u{feff}a,b\r\n\"x\ny\",1\n\n,\nlast";
        let lines = read(text).unwrap();
        let cells = |cells: &[&str]| {
            cells
                .iter()
                .map(|one| (*one).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            lines,
            [
                (1, cells(&["a", "b"])),
                (2, cells(&["x\ny", "1"])),
                (6, cells(&["last"])),
            ]
        );
    }

    #[test]
    fn a_quote_without_an_end_or_with_something_behind_it_names_its_line() {
        assert_eq!(read("a\n\"b\nc"), Err(2));
        assert_eq!(read("a\n\"b\"c\n"), Err(2));
        assert_eq!(read("\"b\"\"\"\n"), Ok(vec![(1, vec!["b\"".to_owned()])]));
    }

    /// Every text of up to four of these characters.
    fn texts() -> Vec<String> {
        const LETTERS: [char; 11] = ['=', '@', '\'', '"', ',', ';', '\t', '\r', '\n', '＝', 'a'];
        let mut texts = vec![String::new()];
        let mut last = texts.clone();
        for _ in 0..4 {
            let longer = |text: &String| LETTERS.map(|letter| format!("{text}{letter}"));
            last = last.iter().flat_map(longer).collect();
            texts.extend(last.iter().cloned());
        }
        texts
    }

    #[test]
    fn every_text_comes_back_and_none_begins_as_a_formula() {
        for text in texts() {
            let line = write([text.as_str(), "x"]);
            let expected = vec![(1, vec![text.clone(), "x".to_owned()])];
            assert_eq!(read(&line), Ok(expected), "{text:?} as {line:?}");
            let shown = cell(&text);
            let shown = shown.strip_prefix('"').unwrap_or(&shown);
            assert!(
                text.starts_with('"') || !shown.starts_with(STARTS_FORMULA),
                "{text:?}"
            );
        }
    }
}

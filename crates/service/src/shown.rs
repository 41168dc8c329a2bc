//! Texts that are shown to people beside others: in lists of accounts, the audit log, mails.

/// Whether text has nothing that can't be seen, or that turns what stands around it: control characters,
/// line separators, what sets the direction of text, and characters without a width.
///
/// A joiner (U+200C, U+200D) is left where it is written in earnest: between two characters of Arabic, Indic
/// and other joining scripts, or after a picture (RFC 5892 appendix A.1 and A.2, more loosely).
#[must_use]
pub fn is_shown(text: &str) -> bool {
    let mut before = None;
    let mut all = text.chars().peekable();
    while let Some(c) = all.next() {
        let mut is_between =
            || before.is_some_and(is_joining) && all.peek().copied().is_some_and(is_joining);
        if is_hidden(c) && !(is_joiner(c) && is_between()) {
            return false;
        }
        before = Some(c);
    }
    true
}

/// Homographs (CWE-1007): an account whose name differs from another's by nothing that can be seen, or whose
/// letters are turned around, is taken for the other.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || is_joiner(c)
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

const fn is_joining(c: char) -> bool {
    matches!(
        c,
        '\u{620}'..='\u{dff}'
            | '\u{1000}'..='\u{109f}'
            | '\u{1780}'..='\u{180a}'
            | '\u{1820}'..='\u{18af}'
            | '\u{2190}'..='\u{2bff}'
            | '\u{fe0f}'
            | '\u{1f000}'..='\u{1faff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_with_what_turns_or_hides_letters_is_not_shown_and_its_neighbours_are() {
        for c in ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}') {
            assert!(!is_shown(&format!("Ann{c}Lee")), "{c:?}");
        }
        for c in "\u{0}\n\u{7f}\u{85}\u{ad}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2028}\u{2060}\u{feff}".chars() {
            assert!(!is_shown(&format!("Ann{c}Lee")), "{c:?}");
            assert!(!is_shown(&format!("Ann{c}")), "{c:?}");
            assert!(!is_shown(&format!("{c}Ann")), "{c:?}");
        }
        for text in [
            "",
            "Ann Lee",
            "Åse O’Brien-Łoś",
            "\u{200a}\u{2010}\u{2027}\u{202f}\u{2070}",
            "אבא",
            "李雷",
        ] {
            assert!(is_shown(text), "{text:?}");
        }
    }

    #[test]
    fn a_joiner_is_shown_between_letters_that_it_joins_or_parts_alone() {
        for text in ["علی\u{200c}رضا", "क्\u{200d}ष", "👩\u{200d}🚒"] {
            assert!(is_shown(text), "{text:?}");
        }
        for text in [
            "علی\u{200c}",
            "\u{200c}علی",
            "علی\u{200c}\u{200c}رضا",
            "a\u{200d}🚒",
            "Ж\u{200c}Ж",
        ] {
            assert!(!is_shown(text), "{text:?}");
        }
    }
}

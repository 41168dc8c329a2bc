//! Conditions of requests (RFC 9110 section 13.1).

use http::HeaderMap;
use http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};
use portcullis_service::user_settings::{Precondition, Tags};

use crate::answer::Refusal;

/// Most tags of a condition.
const MAX_TAGS: usize = 32;

/// What a write says must be so.
pub(super) fn precondition(headers: &HeaderMap) -> Result<Precondition, Refusal> {
    Ok(Precondition {
        // Compared strongly, where a weak tag is like none (RFC 9110 section 8.8.3.2).
        matches: tags(headers, &IF_MATCH, false)?,
        none_matches: tags(headers, &IF_NONE_MATCH, true)?,
    })
}

/// Whether a reader has this tag already.
pub(super) fn is_known(headers: &HeaderMap, etag: &str) -> Result<bool, Refusal> {
    let condition = Precondition {
        matches: None,
        none_matches: tags(headers, &IF_NONE_MATCH, true)?,
    };
    Ok(!condition.holds(Some(etag)))
}

fn tags(headers: &HeaderMap, name: &HeaderName, takes_weak: bool) -> Result<Option<Tags>, Refusal> {
    let mut found: Option<Vec<String>> = None;
    for value in headers.get_all(name) {
        let malformed = || {
            Refusal::Validation(format!(
                "[header.{name}] Invalid input: expected * or entity tags"
            ))
        };
        let text = value.to_str().map_err(|_| malformed())?.trim();
        if text == "*" {
            return Ok(Some(Tags::Any));
        }
        let list = found.get_or_insert_default();
        read(text, takes_weak, list).ok_or_else(malformed)?;
    }
    Ok(found.map(Tags::These))
}

/// A list of tags: `"a", W/"b"`.
fn read(text: &str, takes_weak: bool, list: &mut Vec<String>) -> Option<()> {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return Some(());
        }
        let (is_weak, quoted) = match rest.strip_prefix("W/") {
            Some(quoted) => (true, quoted),
            None => (false, rest),
        };
        let (tag, after) = quoted.strip_prefix('"')?.split_once('"')?;
        if takes_weak || !is_weak {
            list.push(tag.to_owned());
        }
        if list.len() > MAX_TAGS || !(after.is_empty() || after.trim_start().starts_with(',')) {
            return None;
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn sent(name: &HeaderName, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn these(tags: &[&str]) -> Tags {
        Tags::These(tags.iter().map(|&tag| tag.to_owned()).collect())
    }

    #[test]
    fn tags_are_read_from_lists_and_from_repeated_headers() {
        for (values, expected) in [
            (&[][..], None),
            (&["*"][..], Some(Tags::Any)),
            (&["\"a\", \"b,c\""][..], Some(these(&["a", "b,c"]))),
            (&["\"a\"", "\"b\""][..], Some(these(&["a", "b"]))),
            (&["\"\""][..], Some(these(&[""]))),
        ] {
            let read = precondition(&sent(&IF_MATCH, values)).unwrap();
            assert_eq!(read.matches, expected, "{values:?}");
            assert_eq!(read.none_matches, None);
        }
    }

    #[test]
    fn a_weak_tag_never_holds_for_a_write_but_does_for_a_reader() {
        let write = precondition(&sent(&IF_MATCH, &["W/\"a\""])).unwrap();
        assert!(!write.holds(Some("a")));
        assert!(is_known(&sent(&IF_NONE_MATCH, &["W/\"a\""]), "a").unwrap());
        assert!(!is_known(&sent(&IF_NONE_MATCH, &["\"b\""]), "a").unwrap());
    }

    #[test]
    fn what_is_no_list_of_tags_is_refused_rather_than_ignored() {
        for text in ["a", "\"a", "\"a\" \"b\"", "w/\"a\"", "\"a\";"] {
            let read = precondition(&sent(&IF_MATCH, &[text]));
            assert!(matches!(read, Err(Refusal::Validation(_))), "{text}");
        }
        let many = vec!["\"a\""; MAX_TAGS + 1].join(",");
        assert!(precondition(&sent(&IF_MATCH, &[&many])).is_err());
    }
}

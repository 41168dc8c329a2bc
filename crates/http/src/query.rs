//! The query of a request's URI.

use form_urlencoded::Parse;
use http::Uri;

use crate::answer::Refusal;

/// The parameters, decoded, in their order.
pub(crate) fn parameters(uri: &Uri) -> Parse<'_> {
    form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
}

/// A parameter; of several with this name the first.
pub(crate) fn text(uri: &Uri, name: &str) -> Option<String> {
    let mut values = parameters(uri).filter(|(key, _)| key == name);
    values.next().map(|(_, value)| value.into_owned())
}

/// A parameter that must be there.
pub(crate) fn required(uri: &Uri, name: &str) -> Result<String, Refusal> {
    text(uri, name).ok_or_else(|| invalid(name, "string, received undefined"))
}

/// The value of a parameter that is a number from `least` to `most`.
pub(crate) fn number(name: &str, text: &str, least: u32, most: u32) -> Result<u32, Refusal> {
    let number = text.parse().ok();
    let number = number.filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| invalid(name, &format!("number from {least} to {most}")))
}

/// The refusal of a parameter that isn't what was expected.
pub(crate) fn invalid(name: &str, expected: &str) -> Refusal {
    Refusal::Validation(format!("[query.{name}] Invalid input: expected {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_several_parameters_counts_and_is_decoded() {
        let uri = Uri::from_static("/x?token=a%2Fb&token=c&d=+e");
        assert_eq!(text(&uri, "token").as_deref(), Some("a/b"));
        assert_eq!(text(&uri, "d").as_deref(), Some(" e"));
        assert_eq!(text(&uri, "none"), None);
    }
}

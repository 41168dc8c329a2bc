//! Why something could not be made, as data.

use portcullis_core::json::JsonText;

/// An error for JavaScript to throw: a stable code, and a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Problem {
    pub(crate) fn new(code: &'static str, message: &dyn ToString) -> Self {
        Self {
            code,
            message: message.to_string(),
        }
    }

    pub(crate) fn to_json(&self) -> String {
        let mut out = JsonText::new();
        out.open('{');
        out.text_member("code", self.code);
        out.text_member("message", &self.message);
        out.close('}');
        out.finish()
    }
}

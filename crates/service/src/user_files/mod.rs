//! Accounts as files: written out and read in, as CSV (RFC 4180) or as lines of JSON.
//!
//! | file | what |
//! |---|---|
//! | [`line`](mod@line) | an account as a line |
//! | [`csv`] | cells, and what spreadsheets must not run |
//! | [`export`] | a page of accounts as lines |
//! | [`wanted`] | a line that asks for an account |
//! | [`import`] | accounts made of lines |

pub mod csv;
pub mod export;
pub mod import;
pub mod line;
pub mod wanted;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values, with a line of names first.
    Csv,
    /// A JSON object a line.
    Json,
}

impl Format {
    /// The format of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

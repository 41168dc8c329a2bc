//! The audit log as a hash chain, and what the server signs of it.
//!
//! The database makes a record's link in the statement that adds the record
//! (`crates/store/migrations/0015_audit_chain.sql`). This is the same hash in Rust: for the records from before there
//! was a chain, and for whoever checks it.

mod checkpoint;
mod ports;
mod record;

use core::fmt::Write;

use sha2::{Digest, Sha256};

#[cfg(feature = "in-place")]
pub use checkpoint::sign_with;
pub use checkpoint::{
    CHECKPOINT_TYP, CheckpointClaims, SEGMENT_TYP, SegmentClaims, Signed, checkpoint, link_old,
};
pub use ports::{AuditChain, ChainHead, LastCheckpoint, NewCheckpoint, NewSegment};
pub use record::ChainRecord;

/// A link: 32 bytes.
pub type Link = [u8; 32];

/// What the first record stands on.
pub const NO_LINK: Link = [0; 32];

/// The link of a record: SHA-256 over the link before it and the record's canonical text.
#[must_use]
pub fn link(before: &Link, text: &str) -> Link {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(text);
    hash.finalize().into()
}

/// A link as the database has it: 64 lower-case hexadecimal digits.
#[must_use]
pub fn link_text(link: &Link) -> String {
    link.iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a String can't fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Reads a link as [`link_text`] writes it; `None` for any other text.
#[must_use]
pub fn parse_link(text: &str) -> Option<Link> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut link = NO_LINK;
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != link.len() || !rest.is_empty() {
        return None;
    }
    for (byte, &[high, low]) in link.iter_mut().zip(pairs) {
        *byte = digit(high)? << 4 | digit(low)?;
    }
    Some(link)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_read_as_it_was_written_and_no_other_spelling_is() {
        let one = link(&NO_LINK, "[1]");
        let text = link_text(&one);
        assert_eq!(text.len(), 64);
        assert_eq!(parse_link(&text), Some(one));
        for other in [
            text.to_uppercase(),
            format!("{text}0"),
            text.replacen(|_: char| true, "", 1),
            text.replacen(|_: char| true, "g", 1),
            String::new(),
        ] {
            assert_eq!(parse_link(&other), None, "{other}");
        }
    }

    #[test]
    fn the_hash_is_that_of_the_standard() {
        // FIPS 180-4 over 32 zero bytes, as sha256sum says.
        assert_eq!(
            link_text(&link(&NO_LINK, "")),
            "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
        );
    }
}

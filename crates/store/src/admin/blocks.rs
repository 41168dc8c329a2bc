//! What a search skips: stretches of addresses and names in which what is searched can't be.
//!
//! A signature holds a bit for every three bytes in a row that occur in a block. Where the bits of a text
//! aren't all set, no account of the block has the text; where they are, one may, and its accounts are
//! compared. So signatures make a search fast, and never decide whom it finds.

use std::collections::BTreeMap;

use portcullis_service::StoreError;
use serde_json::{Value as Json, json};

use crate::{Row, Statement};

/// Columns `s0`, `s1`, … of a signature.
pub(super) const WORDS: usize = 16;
/// Bits of a column: exact in the doubles that D1 binds.
const BITS: u32 = 48;
/// Different values of a block.
const BLOCK: usize = 64;
/// Most values that are signed in one go, and how often at a time: a worker may ask D1 only so often.
pub(super) const ROUND: usize = 10_000;
pub(super) const ROUNDS: usize = 4;

/// A bit for every three bytes in a row.
pub(super) type Signature = [i64; WORDS];

/// The columns that blocks are of, and where an account has them.
pub(super) const FIELDS: [(&str, &str); 2] = [("email", "u.email"), ("name", "u.name_folded")];

/// Adds what occurs in a text.
pub(super) fn sign(signature: &mut Signature, text: &str) {
    for three in text.as_bytes().windows(3) {
        let number = three
            .iter()
            .fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        let bit = number.wrapping_mul(0x9E37_79B1) >> 12;
        let word = usize::try_from(bit / BITS).unwrap_or_default() % WORDS;
        if let Some(word) = signature.get_mut(word) {
            *word |= 1 << (bit % BITS);
        }
    }
}

/// Where the block after `b` begins: behind every text for the last one.
pub(super) const NEXT: &str = "coalesce((SELECT n.first FROM user_block n WHERE n.field = b.field \
     AND n.first > b.first ORDER BY n.first LIMIT 1), x'')";

/// Values of blocks that aren't signed, in order; of an empty block one that is null.
pub(super) fn unsigned(field: &str, column: &str) -> Statement {
    Statement::new(
        format!(
            "SELECT DISTINCT b.first, b.version, {column} AS value \
             FROM user_block b INDEXED BY user_block_unsigned \
             LEFT JOIN user u ON {column} >= b.first AND {column} < {NEXT} \
             WHERE b.field = ?1 AND b.signed <> b.version ORDER BY b.first, {column} LIMIT ?2"
        ),
        vec![
            field.into(),
            i64::try_from(ROUND).unwrap_or(i64::MAX).into(),
        ],
    )
}

/// Divides the blocks of rows of [`unsigned`], and signs them. Of a block that has changed since, nothing
/// is written; of rows that end amidst a block, the rest becomes a block that waits.
pub(super) fn signed(field: &str, rows: &[Row]) -> Result<Vec<Statement>, StoreError> {
    let mut blocks: BTreeMap<(String, i64), Vec<String>> = BTreeMap::new();
    for row in rows {
        let block = (row.text("first")?, row.integer("version")?);
        let values = blocks.entry(block).or_default();
        values.extend(row.optional_text("value")?);
    }
    let mut last = blocks.last_key_value().map(|(block, _)| block.clone());
    last = last.filter(|_| rows.len() >= ROUND);
    let mut pieces = Vec::new();
    for (block, values) in &blocks {
        let is_cut = last.as_ref() == Some(block);
        let mut begins = block.0.as_str();
        let mut chunks = values.chunks(BLOCK).peekable();
        if values.is_empty() {
            pieces.push(piece(block, begins, Some(&[])));
        }
        while let Some(chunk) = chunks.next() {
            let waits = is_cut && chunks.peek().is_none();
            pieces.push(piece(block, begins, (!waits).then_some(chunk)));
            begins = chunks
                .peek()
                .and_then(|next| next.first())
                .map_or(begins, String::as_str);
        }
    }
    let pieces = Json::from(pieces).to_string();
    Ok(write(field, &pieces))
}

/// `[first and version of the block that is divided, first, s0, s1, …]`, without a signature where it waits.
fn piece((first, version): &(String, i64), begins: &str, values: Option<&[String]>) -> Json {
    let mut piece = vec![json!(first), json!(version), json!(begins)];
    if let Some(values) = values {
        let mut signature = Signature::default();
        for value in values {
            sign(&mut signature, value);
        }
        piece.extend(signature.map(Json::from));
    }
    Json::from(piece)
}

fn write(field: &str, pieces: &str) -> Vec<Statement> {
    let words: Vec<String> = (0..WORDS)
        .map(|word| format!("s{word} = j.value ->> {}", word + 3))
        .collect();
    let words = words.join(", ");
    // Written while this was read: nothing of what was read is known to hold.
    let as_read = "EXISTS (SELECT 1 FROM user_block o WHERE o.field = ?1 \
         AND o.first = j.value ->> 0 AND o.version = j.value ->> 1 AND o.signed <> o.version)";
    let statements = [
        format!(
            "INSERT INTO user_block (field, first, version) SELECT ?1, j.value ->> 2, (j.value ->> 1) + 1 \
             FROM json_each(?2) j WHERE j.value ->> 2 <> j.value ->> 0 AND {as_read} ORDER BY j.key"
        ),
        // A piece that is there for longer was made by another, who read something else. Where an account is
        // gone by now at which the next would have begun, the version is another: this one has more in it
        // than was read. That is seen because pieces are put in in their order.
        format!(
            "UPDATE user_block SET signed = version, {words} FROM json_each(?2) j \
             WHERE user_block.field = ?1 AND user_block.first = j.value ->> 2 \
             AND j.value ->> 2 <> j.value ->> 0 AND json_array_length(j.value) > 3 \
             AND user_block.version = (j.value ->> 1) + 1 AND user_block.signed = 0 AND {as_read}"
        ),
        format!(
            "UPDATE user_block SET signed = version, {words} FROM json_each(?2) j \
             WHERE user_block.field = ?1 AND user_block.first = j.value ->> 2 \
             AND j.value ->> 2 = j.value ->> 0 AND json_array_length(j.value) > 3 \
             AND user_block.version = j.value ->> 1 AND user_block.signed <> user_block.version"
        ),
    ];
    let statement = |sql| Statement::new(sql, vec![field.into(), pieces.into()]);
    statements.map(statement).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(text: &str) -> Signature {
        let mut signature = Signature::default();
        sign(&mut signature, text);
        signature
    }

    fn has(whole: &Signature, part: &Signature) -> bool {
        whole
            .iter()
            .zip(part)
            .all(|(whole, part)| whole & part == *part)
    }

    #[test]
    fn what_occurs_in_a_text_is_in_its_signature() {
        let text = "łukasz.müller+7777@example.org";
        for from in 0..text.len() {
            for to in from..=text.len() {
                if let Some(part) = text.get(from..to) {
                    assert!(has(&signature(text), &signature(part)), "{part}");
                }
            }
        }
        for other in ["qqq", "@example.com", "7778"] {
            assert!(!has(&signature(text), &signature(other)), "{other}");
        }
    }

    #[test]
    fn bits_are_spread_and_stay_exact_as_doubles() {
        let mut all = Signature::default();
        for first in 'a'..='z' {
            for second in 'a'..='z' {
                for third in 'a'..='z' {
                    sign(&mut all, &format!("{first}{second}{third}"));
                }
            }
        }
        assert_eq!(all, [(1 << BITS) - 1; WORDS]);
    }
}

//! Random text from the operating system.

use std::{fs::File, io::Read, path::Path};

use crate::error::{Result, TaskError};

const SOURCE: &str = "/dev/urandom";
/// 32 signs that can't be mistaken for each other: no i, l, o, u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A password of four groups of five signs: 100 bits.
pub(crate) fn password() -> Result<String> {
    let signs: Vec<char> = bytes::<20>()?.iter().map(|byte| sign(*byte)).collect();
    Ok(signs
        .chunks(5)
        .map(String::from_iter)
        .collect::<Vec<_>>()
        .join("-"))
}

/// 256 bits as 64 hexadecimal digits.
pub(crate) fn secret() -> Result<String> {
    Ok(bytes::<32>()?
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .concat())
}

/// One of 32 signs from the low five bits: 256 is a multiple of 32, so none is likelier.
fn sign(byte: u8) -> char {
    ALPHABET
        .get(usize::from(byte % 32))
        .map_or('0', |sign| char::from(*sign))
}

fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut buffer = [0; N];
    File::open(SOURCE)
        .and_then(|mut source| source.read_exact(&mut buffer))
        .map_err(|error| TaskError::io("read", Path::new(SOURCE), &error))?;
    Ok(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_have_four_groups_and_differ() {
        let one = password().unwrap();
        assert_eq!(one.len(), 23);
        assert_eq!(
            one.split('-').map(str::len).collect::<Vec<_>>(),
            [5, 5, 5, 5]
        );
        assert_ne!(one, password().unwrap());
    }

    #[test]
    fn secrets_have_64_hexadecimal_digits_and_differ() {
        let one = secret().unwrap();
        assert!(one.len() == 64 && one.chars().all(|c| c.is_ascii_hexdigit()));
        assert_ne!(one, secret().unwrap());
    }
}

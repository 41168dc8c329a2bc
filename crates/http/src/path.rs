//! Paths that name nothing.

/// Whether a path is UTF-8 once it is decoded. One that isn't lies nowhere: the parameters of routes
/// would be refused in words that aren't ours.
pub(crate) fn is_text(path: &str) -> bool {
    let mut decoded = Vec::with_capacity(path.len());
    let mut parts = path.split('%');
    decoded.extend(parts.next().unwrap_or_default().bytes());
    for part in parts {
        // Two hexadecimal digits, or else a per cent sign that stands for itself.
        let escaped = part.split_at_checked(2).and_then(|(digits, rest)| {
            let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            let byte = u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
            Some((byte, rest))
        });
        let (byte, rest) = escaped.unwrap_or((b'%', part));
        decoded.push(byte);
        decoded.extend(rest.bytes());
    }
    core::str::from_utf8(&decoded).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_text_or_lies_nowhere() {
        for path in [
            "/",
            "/a/%C3%A9",
            "/100%",
            "/%",
            "/%zz",
            "/%2",
            "/%+f",
            "/a%2Fb",
        ] {
            assert!(is_text(path), "{path}");
        }
        for path in ["/%ff", "/a/%C3", "/%C3/%A9", "/%ed%a0%80", "/a%80b"] {
            assert!(!is_text(path), "{path}");
        }
    }
}

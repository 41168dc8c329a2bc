//! The text of a stored password hash.

use portcullis_issue::password::{
    Limits, Params, PasswordError, Verification, form_of, needs_rehash, verify,
};

use super::{Target, outcome, refusal};

/// Whatever stands in a row, reading it costs nothing, and comparing costs no more than the limits
/// say; what has no form is never compared, and nothing but a right hash lets anybody in.
pub const TARGET: Target = Target {
    name: "password_hash",
    words: &[
        "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$",
        "$argon2i",
        "$argon2d",
        "$v=16",
        "$v=19",
        "m=64,t=2,p=2",
        "$2b$04$",
        "$2a$",
        "$2y$",
        "KBCwKxOzLha2MUDgW0PjXe",
        "$scrypt$ln=4,r=1,p=1$",
        "ln=63,r=4294967295,p=4294967295",
        "$pbkdf2-sha256$i=1$",
        "$pbkdf2-sha512$",
        "$pbkdf2-sha1$",
        "i=2,l=32",
        "$pbkdf2$7$",
        "pbkdf2_sha256$3$salt$",
        "pbkdf2_sha1$",
        "000102030405060708090a0b0c0d0e0f:",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$",
        ":",
        ",",
        "=",
        "4294967295",
        "99999999999",
    ],
    run,
};

/// So little that a run compares thousands.
const LIMITS: Limits = Limits {
    max_m_kib: 128,
    max_t: 2,
    max_p: 2,
    max_bcrypt_cost: 4,
    max_pbkdf2_iterations: 64,
    max_scrypt_blocks: 64,
};

fn run(data: &[u8]) -> Result<u64, String> {
    let Ok(text) = str::from_utf8(data) else {
        return Ok(0);
    };
    let form = form_of(text);
    let verdict = verify("a password of nobody", text, &LIMITS);
    if needs_rehash(text, &Params::default()).is_ok() != form.is_ok() {
        return Err("needs_rehash and form_of disagree about the form".to_owned());
    }
    match (form, verdict) {
        (_, Ok(Verification::Match)) => Err("a password that nobody has matches".to_owned()),
        (Ok(form), Ok(Verification::Mismatch)) => Ok(outcome((form, "compared"))),
        (Ok(form), Err(PasswordError::TooExpensive { parameter, .. })) => {
            Ok(outcome((form, parameter.to_string())))
        }
        (Ok(form), Err(error)) => Err(format!("{form} is read, but not compared: {error}")),
        (Err(read), Err(compared)) if read == compared => {
            let message = read.to_string();
            match read {
                PasswordError::MalformedHash(part) => refusal(&part.to_string(), &message),
                // Its name may hold anything, also what a message quotes with.
                PasswordError::UnsupportedAlgorithm { .. } => {
                    refusal("algorithm", &message).map(|_| outcome("algorithm"))
                }
                _ => refusal("other", &message),
            }
        }
        (Err(read), verdict) => Err(format!("not read ({read}), but {verdict:?}")),
    }
}

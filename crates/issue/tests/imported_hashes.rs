//! Hashes that other libraries made, and the vectors of the RFCs, through the texts that are read.

#![expect(clippy::unwrap_used, reason = "a test")]

use base64ct::{Base64Unpadded, Encoding};
use portcullis_issue::password::{
    HashPart, Limits, Params, PasswordError, Verification, form_of, needs_rehash, verify,
};

const PASSWORD: &str = "correct horse battery staple";

/// Made with node:crypto (scrypt, PBKDF2), hash-wasm (bcrypt, argon2) and argon2-cffi (version 16).
const MADE: &[(&str, &str)] = &[
    (
        "scrypt",
        "000102030405060708090a0b0c0d0e0f:7034425e783148ac6ce2c4521177f6fc8ba611950b64145053bf3c4fbf26457865bbf1ea8164754187636d431114bca7374e96cf91409d23fbc0b086580d2442",
    ),
    (
        "scrypt",
        "$scrypt$ln=14,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$tjK03tRvEjqCcPwmgtddMkgjlXrk8U/b9rIvfeBMKCc",
    ),
    (
        "scrypt",
        "$scrypt$ln=10,r=8,p=3$MDEyMzQ1Njc4OWFiY2RlZg$3+3lkJRAF7mwvVxWpggDyZGimJmN5mDBVDEICORujItSpi7DrWP6ue7Bsx8V/TVXXtPJKoR+nPzA98dBocJcBg",
    ),
    (
        "pbkdf2-sha1",
        "$pbkdf2-sha1$i=1000,l=20$MDEyMzQ1Njc4OWFiY2RlZg$wmIXv0mv7iouqkc9CKjRvCX21po",
    ),
    (
        "pbkdf2-sha1",
        "$pbkdf2$1000$MDEyMzQ1Njc4OWFiY2RlZg$wmIXv0mv7iouqkc9CKjRvCX21po",
    ),
    (
        "pbkdf2-sha256",
        "$pbkdf2-sha256$i=1000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$yqSq2SygY1sB4EcH9f2FG0JTMES+wqLsOT5YmiRBplI",
    ),
    (
        "pbkdf2-sha256",
        "$pbkdf2-sha256$i=1000$MDEyMzQ1Njc4OWFiY2RlZg$yqSq2SygY1sB4EcH9f2FG0JTMES+wqLsOT5YmiRBplI",
    ),
    (
        "pbkdf2-sha256",
        "$pbkdf2-sha256$1000$................AQIDBA$4bpc2nRCUi5adBW5J64tQdH3g2rzMRQ42xa45e58vTw",
    ),
    (
        "pbkdf2-sha512",
        "$pbkdf2-sha512$i=1000,l=64$MDEyMzQ1Njc4OWFiY2RlZg$5bTW2oeyDJyGJPcmEr+mRDE11ghpozWrDGnSNhRXo2ZCu0KHRDiUMAVEGzLJC+oDhRoeIja9J1iLIv9ptDJMfQ",
    ),
    (
        "pbkdf2-sha256",
        "pbkdf2_sha256$1000$seasalt2$vVHZGEs7v6quz+ZQJ3YUviKmZHPrpr5OATMMKlICjVY=",
    ),
    (
        "pbkdf2-sha1",
        "pbkdf2_sha1$1000$seasalt2$ozaqlU+DzMlaOcVcNhmtJq5ziFg=",
    ),
    (
        "bcrypt",
        "$2a$05$KBCwKxOzLha2MUDgW0PjXeqpiWLd8vAgzynRwMuRLijYkvm7iSsD2",
    ),
    (
        "bcrypt",
        "$2b$05$KBCwKxOzLha2MUDgW0PjXeqpiWLd8vAgzynRwMuRLijYkvm7iSsD2",
    ),
    (
        "bcrypt",
        "$2y$05$KBCwKxOzLha2MUDgW0PjXeqpiWLd8vAgzynRwMuRLijYkvm7iSsD2",
    ),
    (
        "argon2i",
        "$argon2i$v=19$m=256,t=3,p=2$MDEyMzQ1Njc4OWFiY2RlZg$MzLFBI29yFgJ2BZXG4BqTqIf3I/SggrY",
    ),
    (
        "argon2d",
        "$argon2d$v=19$m=256,t=3,p=2$MDEyMzQ1Njc4OWFiY2RlZg$IIUms7PdQRc57KNnGHeab8CHntUEaa8K",
    ),
    (
        "argon2id",
        "$argon2id$v=19$m=256,t=3,p=2$MDEyMzQ1Njc4OWFiY2RlZg$M8DgRovO5JMzvhVphbdJ0Hq0onXub+bW",
    ),
    (
        "argon2i",
        "$argon2i$v=16$m=256,t=3,p=2$MDEyMzQ1Njc4OWFiY2RlZg$cGNuskg3TfeHDW0EZtxEOUwvSJB5YfmRtwdcJYH8lIY",
    ),
    (
        "argon2d",
        "$argon2d$v=16$m=256,t=3,p=2$MDEyMzQ1Njc4OWFiY2RlZg$bcPbSsWarzNbz8qys1cjZIzw0SYnQANLvLGFFHrr33w",
    ),
    (
        "argon2id",
        "$argon2id$v=16$m=256,t=3,p=2$MDEyMzQ1Njc4OWFiY2RlZg$UmSPPX1d+AVTBCuCyXVfIaNeaWSfdNWsyzsPlpfhOiU",
    ),
    (
        "argon2id",
        "$argon2id$m=256,t=3,p=2$MDEyMzQ1Njc4OWFiY2RlZg$UmSPPX1d+AVTBCuCyXVfIaNeaWSfdNWsyzsPlpfhOiU",
    ),
];

fn verified(password: &str, stored: &str) -> Result<Verification, PasswordError> {
    verify(password, stored, &Limits::default())
}

#[test]
fn hash_of_another_library_verifies_the_password_and_no_other_and_is_to_be_replaced() {
    for (form, stored) in MADE {
        assert_eq!(form_of(stored).as_ref(), Ok(form), "{stored}");
        assert_eq!(
            verified(PASSWORD, stored),
            Ok(Verification::Match),
            "{stored}"
        );
        for other in [
            "",
            "correct horse battery stapl",
            "correct horse battery staple ",
        ] {
            assert_eq!(
                verified(other, stored),
                Ok(Verification::Mismatch),
                "{stored}"
            );
        }
        assert_eq!(
            needs_rehash(stored, &Params::default()),
            Ok(true),
            "{stored}"
        );
    }
}

#[test]
fn better_auth_hash_is_of_the_nfkc_form_however_the_password_is_typed() {
    let stored = "000102030405060708090a0b0c0d0e0f:0bc45f02daa96c92ab5cf3fd10921b1ac22dbb0f627fd93d6d29a35c5801ac0c4821d580f8c6d3b3593665db70a0cd7d30735ddaba6a9d56691b2dbae12e1304";
    for typed in [
        "ﬁne Ångström café",
        "fine Ångström café",
        "fine A\u{30a}ngstro\u{308}m cafe\u{301}",
    ] {
        assert_eq!(verified(typed, stored), Ok(Verification::Match), "{typed}");
    }
    assert_eq!(
        verified("fine Angstrom cafe", stored),
        Ok(Verification::Mismatch)
    );
}

#[test]
fn hash_of_what_was_typed_verifies_though_that_is_not_in_nfkc() {
    // Made with hash-wasm of the bytes of the decomposed form.
    let stored = "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$4GZg+gG6CWdVzaPuEzeC0Suob/0woVy7iVKnSVD9djw";
    assert_eq!(
        verified("cafe\u{301} au lait, please", stored),
        Ok(Verification::Match)
    );
    // Nobody knows that the hash is of another form than this.
    assert_eq!(
        verified("café au lait, please", stored),
        Ok(Verification::Mismatch)
    );
}

#[test]
fn bcrypt_reads_72_bytes_and_ignores_the_rest_as_it_always_has() {
    // Made with hash-wasm of 72 times `a`.
    let stored = "$2a$04$KBCwKxOzLha2MUDgW0PjXeGsVs.sqS00XPrwbGRaMzHFG3UAzw0Ci";
    for (typed, expected) in [
        ("a".repeat(71), Verification::Mismatch),
        ("a".repeat(72), Verification::Match),
        ("a".repeat(73), Verification::Match),
        (format!("{}b", "a".repeat(72)), Verification::Match),
        (format!("{}b", "a".repeat(71)), Verification::Mismatch),
    ] {
        assert_eq!(verified(&typed, stored), Ok(expected), "{}", typed.len());
    }
}

#[test]
fn bcrypt_vectors_of_jbcrypt_verify() {
    for (password, stored) in [
        (
            "",
            "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.",
        ),
        (
            "",
            "$2a$08$HqWuK6/Ng6sg9gQzbLrgb.Tl.ZHfXLhvt/SgVyWhQqgqcZ7ZuUtye",
        ),
        (
            "a",
            "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe",
        ),
        (
            "abc",
            "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
        ),
        (
            "~!@#$%^&*()      ~!@#$%^&*()PNBFRD",
            "$2a$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO",
        ),
    ] {
        assert_eq!(
            verified(password, stored),
            Ok(Verification::Match),
            "{stored}"
        );
    }
}

fn hex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn encoded(bytes: &[u8]) -> String {
    Base64Unpadded::encode_string(bytes)
}

#[test]
fn scrypt_vectors_of_rfc_7914_section_12_verify() {
    for (password, salt, params, tag) in [
        (
            "password",
            "NaCl",
            "ln=10,r=8,p=16",
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640",
        ),
        (
            "pleaseletmein",
            "SodiumChloride",
            "ln=14,r=8,p=1",
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
        ),
    ] {
        let (salt, tag) = (encoded(salt.as_bytes()), encoded(&hex(tag)));
        let stored = format!("$scrypt${params}${salt}${tag}");
        assert_eq!(
            verified(password, &stored),
            Ok(Verification::Match),
            "{stored}"
        );
    }
}

#[test]
fn pbkdf2_vectors_of_rfc_6070_and_rfc_7914_section_11_verify() {
    let long = (
        "passwordPASSWORDpassword",
        "saltSALTsaltSALTsaltSALTsaltSALTsalt",
    );
    for (digest, (password, salt), iterations, tag) in [
        (
            "sha1",
            ("password", "salt"),
            1,
            "0c60c80f961f0e71f3a9b524af6012062fe037a6",
        ),
        (
            "sha1",
            ("password", "salt"),
            2,
            "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957",
        ),
        (
            "sha1",
            ("password", "salt"),
            4096,
            "4b007901b765489abead49d926f721d065a429c1",
        ),
        (
            "sha1",
            long,
            4096,
            "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038",
        ),
        (
            "sha1",
            ("pass\0word", "sa\0lt"),
            4096,
            "56fa6aa75548099dcc37d7f03425e0c3",
        ),
        (
            "sha256",
            ("passwd", "salt"),
            1,
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
        ),
        (
            "sha256",
            ("Password", "NaCl"),
            80_000,
            "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d",
        ),
    ] {
        let (salt, tag) = (encoded(salt.as_bytes()), encoded(&hex(tag)));
        let stored = format!("$pbkdf2-{digest}$i={iterations}${salt}${tag}");
        assert_eq!(
            verified(password, &stored),
            Ok(Verification::Match),
            "{stored}"
        );
    }
}

#[test]
fn cost_above_a_limit_is_refused_by_name_before_any_work_and_at_the_limit_is_not() {
    let limits = Limits {
        max_m_kib: 1024,
        max_bcrypt_cost: 5,
        max_pbkdf2_iterations: 2000,
        max_scrypt_blocks: 1 << 13,
        ..Limits::default()
    };
    let (salt, tag) = ("c2FsdHNhbHQ", "A".repeat(43));
    let bcrypt = |cost| format!("$2b${cost}$KBCwKxOzLha2MUDgW0PjXeqpiWLd8vAgzynRwMuRLijYkvm7iSsD2");
    let scrypt = |params| format!("$scrypt${params}${salt}${tag}");
    let pbkdf2 = |i: u32| format!("$pbkdf2-sha256$i={i}${salt}${tag}");
    for stored in [bcrypt("05"), scrypt("ln=10,r=8,p=1"), pbkdf2(2000)] {
        assert!(verify(PASSWORD, &stored, &limits).is_ok(), "{stored}");
    }
    for (stored, expected) in [
        (
            bcrypt("06"),
            "cost (logarithm of rounds) `6`, at most 5 are allowed",
        ),
        (
            bcrypt("31"),
            "cost (logarithm of rounds) `31`, at most 5 are allowed",
        ),
        (
            scrypt("ln=11,r=8,p=1"),
            "m (KiB of memory) `2048`, at most 1024 are allowed",
        ),
        (
            scrypt("ln=63,r=4294967295,p=1"),
            "a malformed parameter list",
        ),
        (
            scrypt("ln=63,r=8,p=1"),
            "m (KiB of memory) `4294967295`, at most 1024 are allowed",
        ),
        (
            scrypt("ln=10,r=8,p=2"),
            "N*r*p (blocks) `16384`, at most 8192 are allowed",
        ),
        (
            pbkdf2(2001),
            "i (iterations) `2001`, at most 2000 are allowed",
        ),
        // Two blocks of 32 bytes.
        (
            format!("$pbkdf2-sha256$i=1001${salt}${}", "A".repeat(86)),
            "i (iterations) `2002`, at most 2000 are allowed",
        ),
    ] {
        let error = verify(PASSWORD, &stored, &limits).unwrap_err().to_string();
        assert!(error.ends_with(expected), "{error}");
    }
}

#[test]
fn malformed_part_is_named() {
    use HashPart::{Layout, Params, Salt, Tag};
    let b = "KBCwKxOzLha2MUDgW0PjXe";
    let tag = "A".repeat(43);
    for (stored, part) in [
        (format!("$2b$05${b}"), Layout),
        (format!("$2b$05${b}{}", ".".repeat(32)), Layout),
        (format!("$2b$5${b}{}", ".".repeat(31)), Params),
        (format!("$2b$+5${b}{}", ".".repeat(31)), Params),
        (format!("$2b$03${b}{}", ".".repeat(31)), Params),
        (format!("$2b$32${b}{}", ".".repeat(31)), Params),
        (
            format!("$2b$05$=BCwKxOzLha2MUDgW0PjXe{}", ".".repeat(31)),
            Salt,
        ),
        (format!("$2b$05${b}{}=", ".".repeat(30)), Tag),
        (format!("$scrypt$ln=0,r=8,p=1$c2FsdA${tag}"), Params),
        (format!("$scrypt$ln=64,r=8,p=1$c2FsdA${tag}"), Params),
        (format!("$scrypt$ln=10,r=0,p=1$c2FsdA${tag}"), Params),
        (format!("$scrypt$ln=10,r=8,p=0$c2FsdA${tag}"), Params),
        (format!("$scrypt$ln=10,r=8$c2FsdA${tag}"), Params),
        (format!("$scrypt$ln=10,r=8,p=1$$${tag}"), Layout),
        (format!("$scrypt$ln=10,r=8,p=1$${tag}"), Salt),
        ("$scrypt$ln=10,r=8,p=1$c2FsdA$AAAA".to_owned(), Tag),
        (format!("$pbkdf2-sha256$i=0$c2FsdA${tag}"), Params),
        (format!("$pbkdf2-sha256$i=9,l=31$c2FsdA${tag}"), Params),
        (format!("$pbkdf2-sha256$i=9,l=32,x=1$c2FsdA${tag}"), Params),
        (format!("$pbkdf2-sha256$-9$c2FsdA${tag}"), Params),
        (format!("pbkdf2_sha256$9$${tag}="), Salt),
        (format!("pbkdf2_sha256$9$salt${tag}"), Tag),
        (format!("pbkdf2_sha256$9$salt$x${tag}="), Layout),
        (format!("{}:{}", "g".repeat(32), "0".repeat(128)), Salt),
        (format!("{}:{}", "A".repeat(32), "0".repeat(128)), Salt),
        (format!("{}:{}", "0".repeat(32), "A".repeat(128)), Tag),
        (format!("{}:{}", "0".repeat(32), "0".repeat(127)), Layout),
        (format!("{}:{}", "0".repeat(31), "0".repeat(128)), Layout),
        (format!("{}:{}", "é".repeat(16), "é".repeat(64)), Salt),
    ] {
        let expected = Err(PasswordError::MalformedHash(part));
        assert_eq!(verified(PASSWORD, &stored), expected, "{stored}");
        assert_eq!(form_of(&stored).map(drop), expected.map(drop), "{stored}");
    }
}

#[test]
fn function_that_is_not_read_is_named() {
    for (stored, name) in [
        (
            "$2$05$KBCwKxOzLha2MUDgW0PjXeqpiWLd8vAgzynRwMuRLijYkvm7iSsD2",
            "2",
        ),
        (
            "$2x$05$KBCwKxOzLha2MUDgW0PjXeqpiWLd8vAgzynRwMuRLijYkvm7iSsD2",
            "2x",
        ),
        ("$1$salt$qJH7.N4xYta3aEG/dfqo/0", "1"),
        ("$pbkdf2-md5$i=1$c2FsdA$AAAA", "pbkdf2-md5"),
        ("pbkdf2_sha512$1$salt$AAAA", "pbkdf2_sha512"),
        ("$argon2x$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAA", "argon2x"),
    ] {
        let name = name.to_owned();
        let expected = Err(PasswordError::UnsupportedAlgorithm { name });
        assert_eq!(form_of(stored).map(drop), expected, "{stored}");
    }
}

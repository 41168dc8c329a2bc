//! Claims about passwords and their hashes.

use super::*;

const PASSWORD: &str = "correct horse battery staple";

/// 8 KiB, one pass: cheap, and fine for everything but strength.
const CHEAP: &str =
    "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$8Tf44YakA6Z5zNBgblq13Nr+Q8FkCFWsjG4z6b1j7rM";

fn least() -> Params {
    Params::new(7_168, 5, 1).unwrap()
}

fn verified(password: &str, phc: &str) -> Result<Verification, PasswordError> {
    verify(password, phc, &Limits::default())
}

#[test]
fn hash_has_the_parameters_salt_and_tag_of_another_implementation() {
    // Made with the reference implementation through Python's argon2-cffi.
    let phc = hash(PASSWORD, &Params::default(), *b"0123456789abcdef").unwrap();
    assert_eq!(
        phc,
        "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0"
    );
}

#[test]
fn right_password_matches_and_any_other_does_not() {
    let phc = hash(PASSWORD, &least(), [7; 16]).unwrap();
    assert_eq!(verified(PASSWORD, &phc), Ok(Verification::Match));
    for other in [
        "",
        "correct horse battery stapl",
        "correct horse battery staple ",
        "Correct horse battery staple",
    ] {
        assert_eq!(verified(other, &phc), Ok(Verification::Mismatch), "{other}");
    }
}

#[test]
fn salt_changes_the_hash() {
    let params = least();
    assert_ne!(
        hash(PASSWORD, &params, [1; 16]),
        hash(PASSWORD, &params, [2; 16])
    );
}

#[test]
fn password_of_4096_bytes_counts_to_the_last_byte_and_4097_are_refused() {
    let longest = "a".repeat(4096);
    let last_differs = format!("{}b", "a".repeat(4095));
    let phc = hash(&longest, &least(), [7; 16]).unwrap();
    assert_eq!(verified(&longest, &phc), Ok(Verification::Match));
    assert_eq!(verified(&last_differs, &phc), Ok(Verification::Mismatch));

    let too_long = PasswordError::PasswordTooLong {
        actual_bytes: 4097,
        max_bytes: 4096,
    };
    let longer = "a".repeat(4097);
    assert_eq!(verified(&longer, &phc), Err(too_long.clone()));
    assert_eq!(hash(&longer, &least(), [7; 16]), Err(too_long.clone()));
    assert_eq!(
        too_long.to_string(),
        "password has 4097 bytes, at most 4096 are allowed"
    );
}

#[test]
fn cheap_imported_hash_verifies_and_needs_a_rehash() {
    assert_eq!(verified("password", CHEAP), Ok(Verification::Match));
    assert_eq!(verified("Password", CHEAP), Ok(Verification::Mismatch));
    assert_eq!(needs_rehash(CHEAP, &Params::default()), Ok(true));
}

#[test]
fn hash_at_the_wanted_parameters_needs_no_rehash_and_below_does() {
    let wanted = Params::new(19_456, 3, 2).unwrap();
    let tail = "c29tZXNhbHRzb21lc2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    for (params, expected) in [
        ("m=19456,t=3,p=2", false),
        ("m=65536,t=4,p=3", false),
        ("m=19455,t=3,p=2", true),
        ("m=19456,t=2,p=2", true),
        ("m=19456,t=3,p=1", true),
    ] {
        let phc = format!("$argon2id$v=19${params}${tail}");
        assert_eq!(needs_rehash(&phc, &wanted), Ok(expected), "{params}");
    }
}

#[test]
fn short_salt_or_tag_needs_a_rehash() {
    let wanted = Params::default();
    let salt = "c29tZXNhbHRzb21lc2FsdA";
    let tag = "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    let phc = |salt: &str, tag: &str| format!("$argon2id$v=19$m=19456,t=2,p=1${salt}${tag}");
    assert_eq!(needs_rehash(&phc(salt, tag), &wanted), Ok(false));
    assert_eq!(needs_rehash(&phc("c29tZXNhbHQ", tag), &wanted), Ok(true));
    assert_eq!(
        needs_rehash(&phc(salt, "CTFhFdXPJO1aFaMaO6Mm5Q"), &wanted),
        Ok(true)
    );
}

#[test]
fn stored_hash_at_a_limit_is_admitted_and_one_above_is_refused_by_name() {
    let limits = Limits::default();
    assert_eq!(limits.admit(65_536, 10, 16), Ok(()));
    for (m, t, p, parameter, asked, allowed) in [
        (65_537, 1, 1, CostParameter::MemoryKib, 65_537, 65_536),
        (u32::MAX, 1, 1, CostParameter::MemoryKib, u32::MAX, 65_536),
        (256, 11, 1, CostParameter::Passes, 11, 10),
        (256, 1, 17, CostParameter::Lanes, 17, 16),
    ] {
        let phc = format!("$argon2id$v=19$m={m},t={t},p={p}$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q");
        let error = verify(PASSWORD, &phc, &limits).unwrap_err();
        assert_eq!(
            error,
            PasswordError::TooExpensive {
                parameter,
                asked,
                allowed
            }
        );
    }
    assert_eq!(
        limits.admit(4_194_304, 1, 1).unwrap_err().to_string(),
        "stored password hash asks for m (KiB of memory) `4194304`, at most 65536 are allowed"
    );
}

#[test]
fn limits_can_be_raised_to_the_parameters_in_use() {
    let params = Params::new(131_072, 12, 4).unwrap();
    let raised = Limits::default().raised_to(&params);
    assert_eq!(raised.admit(131_072, 12, 4), Ok(()));
    assert!(raised.admit(131_073, 12, 4).is_err());
    assert_eq!(
        Limits::default().raised_to(&Params::default()),
        Limits::default()
    );
}

#[test]
fn parameters_at_each_minimum_are_accepted_and_one_kib_less_is_refused() {
    for (t, min) in [
        (1, 47_104),
        (2, 19_456),
        (3, 12_288),
        (4, 9_216),
        (5, 7_168),
        (64, 7_168),
    ] {
        assert!(Params::new(min, t, 1).is_ok());
        assert_eq!(
            Params::new(min - 1, t, 1),
            Err(ParamsError {
                parameter: CostParameter::MemoryKib,
                actual: min - 1,
                min,
                max: 1_048_576
            })
        );
    }
    assert!(Params::new(1_048_576, 64, 16).is_ok());
    for (m, t, p, message) in [
        (19_456, 0, 1, "t (passes) is `0`, allowed are 1 to 64"),
        (19_456, 65, 1, "t (passes) is `65`, allowed are 1 to 64"),
        (19_456, 2, 0, "p (lanes) is `0`, allowed are 1 to 16"),
        (19_456, 2, 17, "p (lanes) is `17`, allowed are 1 to 16"),
        (
            1_048_577,
            2,
            1,
            "m (KiB of memory) is `1048577`, allowed are 19456 to 1048576",
        ),
    ] {
        assert_eq!(
            Params::new(m, t, p).unwrap_err().to_string(),
            format!("argon2id parameter {message}")
        );
    }
    assert_eq!(Params::new(19_456, 2, 1), Ok(Params::default()));
}

#[test]
fn dummy_hash_costs_the_same_and_matches_nothing() {
    let params = least();
    let dummy = dummy_hash(&params);
    assert!(dummy.starts_with("$argon2id$v=19$m=7168,t=5,p=1$"));
    for password in ["", PASSWORD, "password"] {
        assert_eq!(verified(password, &dummy), Ok(Verification::Mismatch));
    }
    assert_eq!(needs_rehash(&dummy, &params), Ok(false));
}

#[test]
fn malformed_part_of_a_hash_is_named() {
    let salt = "c29tZXNhbHQ";
    let tag = "CTFhFdXPJO1aFaMaO6Mm5Q";
    let layout = [
        String::new(),
        "argon2id".to_owned(),
        "$argon2id$".to_owned(),
        format!("x$argon2id$v=19$m=8,t=1,p=1${salt}${tag}"),
        format!("$argon2id$v=19$m=8,t=1,p=1${salt}"),
        format!("$argon2id$v=19$m=8,t=1,p=1${salt}${tag}$"),
        format!("$argon2id$v=19$m=8,t=1,p=1${salt}${tag}{}", "A".repeat(300)),
    ];
    for text in layout.iter().take(2).chain(layout.iter().skip(3)) {
        let expected = Err(PasswordError::MalformedHash(HashPart::Layout));
        assert_eq!(verified(PASSWORD, text), expected, "{text}");
    }
    let with = |version: &str, params: &str, salt: &str, tag: &str| {
        verified(
            PASSWORD,
            &format!("$argon2id${version}${params}${salt}${tag}"),
        )
        .unwrap_err()
    };
    for version in ["", "v=", "v=019", "v=+19", "19", "v=19 ", "v=99999999999"] {
        let error = with(version, "m=8,t=1,p=1", salt, tag);
        assert_eq!(error, PasswordError::MalformedHash(HashPart::Version));
    }
    for params in [
        "m=8,t=1",
        "m=8,t=1,p=1,",
        "m=8,t=1,p=1,data=AAAA",
        "t=1,m=8,p=1",
        "m=08,t=1,p=1",
        "m=-1,t=1,p=1",
        "m=8,t=0,p=1",
        "m=8,t=1,p=0",
        "m=7,t=1,p=1",
        "m=15,t=1,p=2",
        "m=4294967296,t=1,p=1",
        "m=8,t=1,p=4294967295",
        "m=8, t=1,p=1",
    ] {
        let error = with("v=19", params, salt, tag);
        assert_eq!(
            error,
            PasswordError::MalformedHash(HashPart::Params),
            "{params}"
        );
    }
    for salt in [
        "",
        "c29tZXNhbA",
        "c29tZXNhbHQ=",
        "c29tZXNhbHR",
        "c29t-XNhbHQ",
    ] {
        let error = with("v=19", "m=8,t=1,p=1", salt, tag);
        assert_eq!(
            error,
            PasswordError::MalformedHash(HashPart::Salt),
            "{salt}"
        );
    }
    // 15 bytes, padded, trailing bits, 65 bytes
    let long = "A".repeat(87);
    for tag in [
        "CTFhFdXPJO1aFaMaO6Mm",
        "CTFhFdXPJO1aFaMaO6Mm5Q==",
        "CTFhFdXPJO1aFaMaO6Mm5R",
        &long,
    ] {
        let error = with("v=19", "m=8,t=1,p=1", salt, tag);
        assert_eq!(error, PasswordError::MalformedHash(HashPart::Tag), "{tag}");
    }
    assert_eq!(
        PasswordError::MalformedHash(HashPart::Tag).to_string(),
        "stored password hash has a malformed tag"
    );
}

#[test]
fn tag_of_16_bytes_is_read() {
    let phc = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q";
    assert_eq!(verified(PASSWORD, phc), Ok(Verification::Mismatch));
}

#[test]
fn other_functions_and_versions_are_named() {
    for (text, name) in [
        ("$ARGON2ID$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAA", "ARGON2ID"),
        ("$1$12345678$a", "1"),
        ("$a-name-that-goes-on-and-on$", "a-name-that-goes"),
    ] {
        let name = name.to_owned();
        assert_eq!(
            verified(PASSWORD, text),
            Err(PasswordError::UnsupportedAlgorithm { name })
        );
    }
    assert_eq!(
        verified(PASSWORD, "$2c\n$12$x").unwrap_err().to_string(),
        "stored password hash is of `2c\\n`, which isn't supported"
    );
    let text = "$argon2id$v=17$m=8,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q";
    let error = verified(PASSWORD, text).unwrap_err();
    assert_eq!(error, PasswordError::UnsupportedVersion { version: 17 });
    assert_eq!(
        error.to_string(),
        "stored password hash is of argon2 version `17`, only 16 and 19 are supported"
    );
}

#[test]
fn new_password_is_hidden_in_debug() {
    let shown = format!("{:?}", parse_new_password(PASSWORD));
    assert_eq!(shown, "Ok(NewPassword(hidden))");
}

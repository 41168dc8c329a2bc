//! Rules for new passwords.

use portcullis_issue::password::{NewPasswordError, Rules, parse_new_password};

fn rules(min: usize, min_with_second_factor: usize) -> Rules {
    Rules {
        min,
        min_with_second_factor,
        ..Rules::default()
    }
}

fn check(typed: &str) -> Result<String, NewPasswordError> {
    let checked = Rules::default().check(typed, false, &["ann@example.org", "Ann Lee"]);
    checked.map(|password| password.expose().to_owned())
}

#[test]
fn the_only_factor_needs_15_characters_and_beside_a_second_one_8_are_enough() {
    assert_eq!(Rules::default(), rules(15, 8));
    let too_short = |actual, min| NewPasswordError::TooShort { actual, min };
    assert_eq!(check("quince marmalad"), Ok("quince marmalad".to_owned()));
    assert_eq!(check("quince marmala"), Err(too_short(14, 15)));
    let beside = |typed| Rules::default().check(typed, true, &[]).map(drop);
    assert_eq!(beside("quince m"), Ok(()));
    assert_eq!(beside("quince "), Err(too_short(7, 8)));
    assert_eq!(
        too_short(0, 15).to_string(),
        "password has 0 characters, at least 15 are needed"
    );
}

#[test]
fn length_can_be_set() {
    let checked = |typed| rules(9, 9).check(typed, false, &[]).map(drop);
    assert_eq!(checked("quince ma"), Ok(()));
    assert_eq!(
        checked("quince m"),
        Err(NewPasswordError::TooShort { actual: 8, min: 9 })
    );
}

#[test]
fn code_points_count_and_1024_of_them_in_4096_bytes_are_allowed() {
    let crabs = |n: usize| "🦀🦞".repeat(n / 2);
    let no_list = Rules {
        refuses_common: false,
        ..Rules::default()
    };
    let checked = |typed: &str| no_list.check(typed, false, &[]).map(drop);
    // 15 characters, 30 units of UTF-16, 60 bytes.
    assert_eq!(checked(&format!("{}🦀", crabs(14))), Ok(()));
    assert!(checked(&crabs(14)).is_err());
    assert_eq!(checked(&crabs(1024)), Ok(()));
    let error = checked(&format!("{}a", crabs(1024))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "password has 1025 characters, at most 1024 and 4096 bytes are allowed"
    );
    assert_eq!(checked(&"ab".repeat(512)), Ok(()));
    assert!(checked(&"ab".repeat(513)).is_err());
}

#[test]
fn a_password_is_kept_whole_and_brought_to_nfkc() {
    assert_eq!(
        check("  Cafe\u{301} \u{212b}ngstro\u{308}m \u{fb01}ne  "),
        Ok("  Café Ångström fine  ".to_owned())
    );
    let long = format!("{}x", "0123456789abcdef".repeat(20));
    assert_eq!(check(&long), Ok(long));
}

#[test]
fn one_code_point_that_stands_for_many_makes_no_length() {
    // NFKC writes it with 18 code points.
    let one = "\u{fdfa}";
    assert_eq!(
        check(one),
        Err(NewPasswordError::TooShort { actual: 1, min: 15 })
    );
    // And 300 of them are 900 bytes, but more than 4096 in NFKC.
    assert!(matches!(
        check(&one.repeat(300)),
        Err(NewPasswordError::TooLong { .. })
    ));
}

#[test]
fn no_kind_of_character_is_asked_for() {
    for typed in [
        "only small letters here",
        "НИКАКИХ ПРАВИЛ ТУТ",
        "3141592653589793238",
        "     .     :     ",
    ] {
        assert_eq!(check(typed).as_deref(), Ok(typed));
    }
}

#[test]
fn common_password_is_refused_in_any_case_unless_that_is_allowed() {
    let short = rules(8, 8);
    for typed in [
        "password1",
        "PassWord1",
        "Ｐａｓｓｗｏｒｄ１",
        "aaaaaaaaaaaa",
        "abcdefgh",
        "passwordpassword",
    ] {
        let checked = short.check(typed, false, &[]);
        assert_eq!(checked.unwrap_err(), NewPasswordError::Common, "{typed}");
    }
    assert_eq!(check("qazwsxedcrfvtgb"), Err(NewPasswordError::Common));
    let allowed = Rules {
        refuses_common: false,
        ..rules(8, 8)
    };
    assert!(allowed.check("password1", false, &[]).is_ok());
}

#[test]
fn password_made_of_address_name_or_product_is_refused() {
    for typed in [
        "ann@example.org",
        "Ann Lee Ann Lee",
        "Portcullis-2024",
        "portcullis portcullis",
    ] {
        let error = check(typed).unwrap_err();
        assert!(
            matches!(
                error,
                NewPasswordError::AboutOwner | NewPasswordError::Common
            ),
            "{typed}"
        );
    }
    assert_eq!(check("ann@example.org"), Err(NewPasswordError::AboutOwner));
    assert!(check("ann@example.org likes cake").is_ok());
}

#[test]
fn debug_hides_the_password() {
    let shown = format!("{:?}", parse_new_password("correct horse battery staple"));
    assert_eq!(shown, "Ok(NewPassword(hidden))");
}

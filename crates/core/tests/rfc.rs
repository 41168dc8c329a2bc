//! The worked examples of RFC 7515, RFC 7638 and RFC 8037, typed in.
#![expect(clippy::unwrap_used, reason = "a test")]

use portcullis_core::{
    jose::{self, Algorithm, KeySet, VerificationKey, thumbprint},
    json,
    time::UnixSecs,
    token::{self, Rules},
};

const PAYLOAD_OF_RFC_7515: &str =
    "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

struct Example {
    algorithm: Algorithm,
    token: &'static str,
    jwk: &'static str,
    payload: &'static str,
}

const EXAMPLES: [Example; 4] = [
    // RFC 7515 appendix A.1
    Example {
        algorithm: Algorithm::Hs256,
        token: "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
            eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
            dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        jwk: r#"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}"#,
        payload: PAYLOAD_OF_RFC_7515,
    },
    // RFC 7515 appendix A.2
    Example {
        algorithm: Algorithm::Rs256,
        token: "eyJhbGciOiJSUzI1NiJ9.\
            eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
            cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds\
            9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRm\
            B_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98r\
            qVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
        jwk: "{\"kty\":\"RSA\",\"n\":\"\
            ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yR\
            T-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXB\
            dQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9ia\
            GNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\",\"e\":\"AQAB\"}",
        payload: PAYLOAD_OF_RFC_7515,
    },
    // RFC 7515 appendix A.3
    Example {
        algorithm: Algorithm::Es256,
        token: "eyJhbGciOiJFUzI1NiJ9.\
            eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
            DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        jwk: r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
        payload: PAYLOAD_OF_RFC_7515,
    },
    // RFC 8037 appendix A.4
    Example {
        algorithm: Algorithm::EdDsa,
        token: "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
            hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
        jwk: r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
        payload: "Example of Ed25519 signing",
    },
];

fn key_set(jwk: &str) -> KeySet {
    KeySet::from_key(VerificationKey::parse(jwk.as_bytes()).unwrap())
}

#[test]
fn every_example_verifies_with_and_without_a_table() {
    for example in EXAMPLES {
        let mut keys = key_set(example.jwk);
        for _ in 0..2 {
            let verified = jose::verify(example.token, &keys, &[example.algorithm]).unwrap();
            assert_eq!(
                verified.payload,
                example.payload.as_bytes(),
                "{}",
                example.algorithm
            );
            assert_eq!(verified.header.algorithm(), example.algorithm);
            keys.prepare();
        }
    }
}

#[test]
fn no_example_verifies_unless_its_algorithm_is_allowed() {
    for example in EXAMPLES {
        let others: Vec<_> = Algorithm::ALL
            .into_iter()
            .filter(|other| *other != example.algorithm)
            .collect();
        let error = jose::verify(example.token, &key_set(example.jwk), &others).unwrap_err();
        assert_eq!(error.code(), "algorithm_not_allowed");
    }
}

#[test]
fn no_example_verifies_with_the_key_of_another() {
    for example in &EXAMPLES {
        for other in EXAMPLES
            .iter()
            .filter(|other| other.algorithm != example.algorithm)
        {
            let error =
                jose::verify(example.token, &key_set(other.jwk), &Algorithm::ALL).unwrap_err();
            assert_eq!(error.code(), "unknown_key");
        }
    }
}

#[test]
fn the_claims_of_rfc_7515_hold_until_their_last_second() {
    for example in EXAMPLES
        .iter()
        .filter(|example| example.algorithm != Algorithm::EdDsa)
    {
        let keys = key_set(example.jwk);
        let rules = Rules::new([example.algorithm]).unwrap().issuer("joe");
        let at = |secs| token::verify(example.token, &keys, &rules, UnixSecs::new(secs));
        let claims = at(1_300_819_379).unwrap();
        assert_eq!(
            claims.claims().get("http://example.com/is_root"),
            Some(&true.into())
        );
        let error = at(1_300_819_380).unwrap_err();
        assert_eq!(error.code(), "expired");
        assert_eq!(
            error.to_string(),
            "token expired at 1300819380, it is 1300819380, leeway 0 s"
        );
    }
}

#[test]
fn thumbprints_of_rfc_7638_and_rfc_8037() {
    let rsa = r#"{"kty":"RSA",
        "n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;
    let ed25519 = r#"{"kty":"OKP","crv":"Ed25519",
        "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    for (jwk, expected) in [
        (rsa, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
        (ed25519, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
    ] {
        let members = json::parse_object(jwk.as_bytes(), 4096).unwrap();
        assert_eq!(thumbprint(&members).unwrap(), expected);
    }
}

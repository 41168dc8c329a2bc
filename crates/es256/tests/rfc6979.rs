//! RFC 6979 appendix A.2.5: P-256 with SHA-256.
#![expect(clippy::unwrap_used, reason = "a test")]

use portcullis_es256::{PublicKey, Signature, SignatureError};
use sha2::{Digest, Sha256};

const X: &str = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
const Y: &str = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
/// Message, r, s.
const SIGNED: [(&str, &str, &str); 2] = [
    (
        "sample",
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    ),
    (
        "test",
        "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367",
        "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
    ),
];
/// n, the group order.
const N: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
const ONE: &str = "0000000000000000000000000000000000000000000000000000000000000001";
const ZERO: &str = "0000000000000000000000000000000000000000000000000000000000000000";

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex
        .as_bytes()
        .chunks(2)
        .map(|pair| str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

fn number(hex: &str) -> [u8; 32] {
    bytes(hex).try_into().unwrap()
}

fn key() -> PublicKey {
    PublicKey::parse_coordinates(&number(X), &number(Y)).unwrap()
}

fn parse(r: &str, s: &str) -> Result<Signature, SignatureError> {
    Signature::parse(&[bytes(r), bytes(s)].concat())
}

#[test]
fn signatures_of_the_rfc_are_accepted_for_their_message_alone() {
    let key = key();
    let prepared = key.prepare();
    for (message, r, s) in SIGNED {
        let signature = parse(r, s).unwrap();
        for (other, ..) in SIGNED {
            let digest = Sha256::digest(other).into();
            assert_eq!(key.verify_digest(&digest, &signature), other == message);
            assert_eq!(
                prepared.verify_digest(&digest, &signature),
                other == message
            );
        }
    }
}

#[test]
fn coordinates_come_back_as_given() {
    assert_eq!((key().x(), key().y()), (number(X), number(Y)));
    assert_eq!(format!("{:?}", key()), format!("PublicKey({X}{Y})"));
    assert_eq!(key().prepare().key(), &key());
}

#[test]
fn numbers_from_one_to_below_the_order_are_a_signature_and_no_others() {
    let last = &N.replace("2551", "2550");
    for (r, s) in [(ONE, ONE), (last, last), (ONE, last), (last, ONE)] {
        assert!(parse(r, s).is_ok());
    }
    assert_eq!(parse(ZERO, ONE), Err(SignatureError::RZero));
    assert_eq!(parse(ONE, ZERO), Err(SignatureError::SZero));
    assert_eq!(parse(N, ONE), Err(SignatureError::ROutOfRange));
    assert_eq!(parse(ONE, N), Err(SignatureError::SOutOfRange));
    assert_eq!(
        parse(N, ONE).unwrap_err().to_string(),
        "r of the signature is not below the group order"
    );
}

#[test]
fn signature_of_64_bytes_alone_is_read() {
    for actual in [0, 32, 63, 65, 96, 128] {
        assert_eq!(
            Signature::parse(&vec![1; actual]),
            Err(SignatureError::Length { actual })
        );
    }
    assert!(Signature::parse(&[1; 64]).is_ok());
    assert_eq!(
        SignatureError::Length { actual: 63 }.to_string(),
        "signature has 63 bytes instead of 64"
    );
}

//! Verdicts of both ways of verification against those of p256.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

mod keys;

use keys::{Keys, coordinates, join, scalar};
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::elliptic_curve::PrimeField;
use p256::{ProjectivePoint, Scalar};
use portcullis_es256::{PublicKey, PublicKeyError};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// n, the group order.
const N: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
    0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];
/// p, the field size.
const P: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
];

/// `count` random numbers of 32 bytes, the same in every run.
fn numbers(count: usize) -> Vec<[u8; 32]> {
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| any::<[u8; 32]>().new_tree(&mut runner).unwrap().current())
        .collect()
}

/// Digests and multipliers on the edges of reduction, carries and windows.
fn edges() -> Vec<[u8; 32]> {
    let mut edges = vec![[0; 32], [0xff; 32], N, P, [0x80; 32], [0x7f; 32]];
    for small in [
        1u8, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 63, 64, 65, 127, 128, 129, 255,
    ] {
        let mut plain = [0; 32];
        plain[31] = small;
        edges.push(plain);
        edges.push((-scalar(&plain)).to_repr().into());
        edges.push(scalar(&plain).invert().unwrap().to_repr().into());
    }
    for bit in [8usize, 28, 29, 30, 58, 127, 128, 248, 253, 254, 255] {
        let mut power = [0; 32];
        power[31 - bit / 8] = 1 << (bit % 8);
        edges.push(power);
        edges.push((-scalar(&power)).to_repr().into());
    }
    edges
}

/// A digest and signature whose multipliers are `u` and `v`, and whether it is a true one.
///
/// With R = u G + v Q, r = x(R), s = r / v and a digest of u s, the equation holds for whoever
/// may choose the digest: the way to any sum of points, those no signer would hit included.
fn from_multipliers(key: &ProjectivePoint, u: &Scalar, v: &Scalar) -> ([u8; 32], [u8; 64], bool) {
    let sum = ProjectivePoint::GENERATOR * u + *key * v;
    let finite = sum != ProjectivePoint::IDENTITY;
    let r = if finite {
        scalar(&coordinates(&sum).0)
    } else {
        Scalar::from(12_345u64)
    };
    let s = r * v.invert().unwrap();
    ((*u * s).to_repr().into(), join(&r, &s), finite)
}

#[test]
fn signatures_of_random_keys_are_accepted_and_with_one_bit_changed_rejected() {
    for (i, secrets) in numbers(600).chunks(30).enumerate() {
        let signer = SigningKey::from_slice(&secrets[0]).unwrap();
        let keys = Keys::new(&signer.verifying_key().as_affine().into());
        for (j, digest) in secrets.iter().skip(1).enumerate() {
            let signature: p256::ecdsa::Signature = signer.sign_prehash(digest).unwrap();
            let signature: [u8; 64] = signature.to_bytes().into();
            assert!(keys.agreed_verdict(digest, &signature));
            let bit = (i * 29 + j) % 768;
            let (mut digest, mut signature) = (*digest, signature);
            let bytes = digest.iter_mut().chain(&mut signature);
            *bytes.skip(bit / 8).take(1).next().unwrap() ^= 1 << (bit % 8);
            assert!(!keys.agreed_verdict(&digest, &signature));
        }
    }
}

#[test]
fn random_triples_get_the_verdict_of_the_peer() {
    let numbers = numbers(6_000);
    for parts in numbers.chunks(600) {
        let keys = Keys::new(&(ProjectivePoint::GENERATOR * scalar(&parts[0])));
        for triple in parts.chunks(3) {
            let signature: [u8; 64] = triple[1..].concat().try_into().unwrap();
            assert!(!keys.agreed_verdict(&triple[0], &signature));
        }
    }
}

#[test]
fn random_multipliers_give_true_signatures() {
    let numbers = numbers(4_000);
    for parts in numbers.chunks(200) {
        let key = ProjectivePoint::GENERATOR * scalar(&parts[0]);
        let keys = Keys::new(&key);
        for pair in parts.chunks(2) {
            let (u, v) = (scalar(&pair[0]), scalar(&pair[1]));
            let (digest, signature, _) = from_multipliers(&key, &u, &v);
            assert!(keys.agreed_verdict(&digest, &signature));
            let (digest, signature, _) = from_multipliers(&(key + key), &u, &v);
            assert!(!keys.agreed_verdict(&digest, &signature));
        }
    }
}

#[test]
fn sums_that_meet_double_or_vanish_are_right() {
    // For keys that are small or inverse multiples of G, these pairs pass through equal and
    // opposite points and through infinity, on the way and at its end.
    let edges = edges();
    let (mut finite_count, mut infinite_count) = (0, 0);
    for secret in [1u64, 2, 5, 128, 256] {
        let secret = Scalar::from(secret);
        for secret in [secret, -secret, secret.invert().unwrap()] {
            let key = ProjectivePoint::GENERATOR * secret;
            let keys = Keys::new(&key);
            for (i, v) in edges
                .iter()
                .map(scalar)
                .enumerate()
                .filter(|(_, v)| *v != Scalar::ZERO)
            {
                let others = edges.iter().skip(i % 17).step_by(17).map(scalar);
                let meeting = [-(v * secret), v * secret, v * secret + Scalar::ONE, v];
                for u in others.chain(meeting) {
                    let (digest, signature, finite) = from_multipliers(&key, &u, &v);
                    assert_eq!(keys.agreed_verdict(&digest, &signature), finite);
                    *if finite {
                        &mut finite_count
                    } else {
                        &mut infinite_count
                    } += 1;
                }
            }
        }
    }
    assert!(
        finite_count > 8_000 && infinite_count > 1_000,
        "{finite_count} {infinite_count}"
    );
}

#[test]
fn digests_s_and_r_on_their_edges_get_the_verdict_of_the_peer() {
    let edges = edges();
    let signer = SigningKey::from_slice(&[7; 32]).unwrap();
    let keys = Keys::new(&signer.verifying_key().as_affine().into());
    for digest in &edges {
        let signature: p256::ecdsa::Signature = signer.sign_prehash(digest).unwrap();
        assert!(keys.agreed_verdict(digest, &signature.to_bytes().into()));
        for (r, s) in edges.iter().zip(edges.iter().rev()) {
            let signature = [*r, *s].concat().try_into().unwrap();
            keys.agreed_verdict(digest, &signature);
        }
    }
}

#[test]
fn signature_whose_x_is_beyond_the_order_is_accepted_by_its_remainder() {
    // Q = R / v - (u / v) G for a point R with x = n + r: r and s for it are true ones.
    let mut found = 0;
    for small in 0..40u64 {
        let r = Scalar::from(small);
        let Some(point) = lift_x(&add_n(small)) else {
            continue;
        };
        let (u, v) = (Scalar::from(77u64), Scalar::from(99u64));
        let s = r * v.invert().unwrap();
        let key = (point - ProjectivePoint::GENERATOR * u) * v.invert().unwrap();
        let accepted = Keys::new(&key).agreed_verdict(&(u * s).to_repr().into(), &join(&r, &s));
        assert_eq!(accepted, small != 0);
        found += 1;
    }
    assert!(found > 10);
}

/// `n + small`, for a sum that stays in the last eight bytes.
fn add_n(small: u64) -> [u8; 32] {
    let mut sum = N;
    let low = u64::from_be_bytes(N[24..].try_into().unwrap()) + small;
    sum[24..].copy_from_slice(&low.to_be_bytes());
    sum
}

/// A point with this x, if there is one.
fn lift_x(x: &[u8; 32]) -> Option<ProjectivePoint> {
    let compressed = [&[2], x.as_slice()].concat();
    let key = p256::PublicKey::from_sec1_bytes(&compressed).ok()?;
    Some(key.to_projective())
}

#[test]
fn coordinates_off_the_curve_or_not_below_p_are_refused() {
    let (x, y) = coordinates(&ProjectivePoint::GENERATOR);
    assert!(PublicKey::parse_coordinates(&x, &y).is_ok());
    for at in 0..32 {
        let mut wrong = y;
        wrong[at] ^= 1;
        assert_eq!(
            PublicKey::parse_coordinates(&x, &wrong),
            Err(PublicKeyError::NotOnCurve)
        );
    }
    assert_eq!(
        PublicKey::parse_coordinates(&[0; 32], &[0; 32]),
        Err(PublicKeyError::NotOnCurve)
    );
    for large in [P, [0xff; 32]] {
        let error = Err(PublicKeyError::CoordinateTooLarge);
        assert_eq!(PublicKey::parse_coordinates(&large, &y), error);
        assert_eq!(PublicKey::parse_coordinates(&x, &large), error);
    }
    let mut last = P;
    last[31] -= 1;
    assert_eq!(
        PublicKey::parse_coordinates(&last, &y),
        Err(PublicKeyError::NotOnCurve)
    );
}

#[test]
fn opposite_keys_differ_and_share_x() {
    let (x, y) = coordinates(&ProjectivePoint::GENERATOR);
    let (same_x, other_y) = coordinates(&-ProjectivePoint::GENERATOR);
    let key = PublicKey::parse_coordinates(&x, &y).unwrap();
    let opposite = PublicKey::parse_coordinates(&same_x, &other_y).unwrap();
    assert_eq!(key.x(), opposite.x());
    assert_ne!(key, opposite);
}

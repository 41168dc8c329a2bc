//! Refresh tokens, and tokens that follow from the one before them.
//!
//! A rotation has to give the same answer twice: two tabs refresh at once, or an answer is lost and
//! the client asks again. So a successor isn't drawn but derived, with HMAC-SHA256 under a key of the
//! server, from the token before it: whoever still has that one gets the same successor, and nobody
//! has to keep a token in plain text. Without the server's key a token tells nothing about the next.
//!
//! A refresh token is `prt_SESSION.GENERATION.VALUE.TAG`: the session's id, how many came before it,
//! 32 characters of `[A-Za-z0-9]` (190 bits), and 128 bits of HMAC-SHA256 over what is before the last
//! dot. The tag says that this server issued it, also long after its hash was forgotten: an old token
//! that comes back is recognised without a list of old tokens, and nobody can make one up.

use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::Entropy;
use crate::opaque::{SessionToken, TOKEN_CHARS, TokenHash};
use crate::random::{ID_CHARS, alphanumeric};
use crate::secret::{Purpose, Secrets};

/// Before every refresh token, so that one that leaked is found by its form.
pub const REFRESH_TOKEN_PREFIX: &str = "prt_";

/// Bytes of the tag.
const TAG_BYTES: usize = 16;
/// Base64url of [`TAG_BYTES`].
const TAG_CHARS: usize = 22;
/// Most digits of a generation: one rotation a second for three centuries.
const MAX_GENERATION_DIGITS: usize = 10;

/// A refresh token. Hidden in `Debug`, wiped on drop, stored nowhere: a row holds its hash.
#[derive(Clone)]
pub struct RefreshToken {
    text: Zeroizing<String>,
    session_id: String,
    generation: i64,
}

impl RefreshToken {
    /// Draws a token for a session, which has had `generation` before it.
    #[must_use]
    pub fn generate(
        secrets: &Secrets,
        session_id: &str,
        generation: i64,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Self {
        let version = secrets.newest_version();
        Self::seal(secrets, version, session_id, generation, entropy)
    }

    /// Reads a token as a client sent it, by its form alone.
    ///
    /// # Errors
    /// [`RefreshTokenError`] for anything of another form.
    pub fn parse(text: &str) -> Result<Self, RefreshTokenError> {
        let body = text
            .strip_prefix(REFRESH_TOKEN_PREFIX)
            .ok_or(RefreshTokenError)?;
        let mut parts = body.split('.');
        let (Some(session_id), Some(generation), Some(value), Some(tag), None) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Err(RefreshTokenError);
        };
        let is_number = generation.len() <= MAX_GENERATION_DIGITS
            && generation.bytes().all(|byte| byte.is_ascii_digit())
            && (generation == "0" || !generation.starts_with('0'));
        let is_text = |text: &str, chars: usize| {
            text.len() == chars && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        let mut tag_bytes = [0; TAG_BYTES + 1];
        let is_tag =
            tag.len() == TAG_CHARS && Base64UrlUnpadded::decode(tag, &mut tag_bytes).is_ok();
        if !is_number || !is_text(session_id, ID_CHARS) || !is_text(value, TOKEN_CHARS) || !is_tag {
            return Err(RefreshTokenError);
        }
        Ok(Self {
            text: Zeroizing::new(text.to_owned()),
            session_id: session_id.to_owned(),
            generation: generation.parse().map_err(|_| RefreshTokenError)?,
        })
    }

    /// The token itself, for the one answer that carries it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Which session it says that it is of.
    #[must_use]
    pub fn session_id(&self) -> &str {
        &self.session_id
    }

    /// How many tokens it says that came before it.
    #[must_use]
    pub const fn generation(&self) -> i64 {
        self.generation
    }

    /// The SHA-256 that is stored.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(self.text.as_bytes())
    }

    /// Whether one of the server's secrets made its tag.
    #[must_use]
    pub fn is_ours(&self, secrets: &Secrets) -> bool {
        let Some((body, tag)) = self.text.rsplit_once('.') else {
            return false;
        };
        secrets.versions().any(|version| {
            tag_of(secrets, version, body)
                .is_some_and(|made| made.as_bytes().ct_eq(tag.as_bytes()).into())
        })
    }

    /// What follows from it: the next refresh token and the session token that comes with it, under
    /// each secret, the newest first.
    pub fn successors(
        &self,
        secrets: &Secrets,
    ) -> impl Iterator<Item = (Self, SessionToken)> + use<> {
        let generation = self.generation.saturating_add(1);
        let made: Vec<_> = secrets
            .versions()
            .filter_map(|version| {
                let mut values = Derived::new(secrets, version, "refresh", &[&self.text])?;
                let mut tokens = Derived::new(secrets, version, "session", &[&self.text])?;
                let id = &self.session_id;
                let next = Self::seal(secrets, version, id, generation, &mut values);
                Some((next, SessionToken::generate(&mut tokens)))
            })
            .collect();
        made.into_iter()
    }

    fn seal(
        secrets: &Secrets,
        version: u32,
        session_id: &str,
        generation: i64,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Self {
        let value = Zeroizing::new(alphanumeric(entropy, TOKEN_CHARS));
        let body = Zeroizing::new(format!(
            "{REFRESH_TOKEN_PREFIX}{session_id}.{generation}.{}",
            value.as_str()
        ));
        // A version that is listed always has a key.
        let tag = tag_of(secrets, version, &body).unwrap_or_default();
        Self {
            text: Zeroizing::new(format!("{}.{tag}", body.as_str())),
            session_id: session_id.to_owned(),
            generation,
        }
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshToken")
            .field("session_id", &self.session_id)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

/// A text is no refresh token. It isn't repeated: it may be nearly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshTokenError;

impl fmt::Display for RefreshTokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a refresh token is `prt_`, a session, a number, 32 letters and digits, and a tag",
        )
    }
}

impl core::error::Error for RefreshTokenError {}

/// The session tokens that follow from `token` for a reason such as `epoch 7`, under each secret, the
/// newest first.
pub fn session_successors(
    secrets: &Secrets,
    token: &SessionToken,
    session_id: &str,
    reason: &str,
) -> impl Iterator<Item = SessionToken> + use<> {
    let made: Vec<_> = secrets
        .versions()
        .filter_map(|version| {
            let of = [token.expose(), session_id, reason];
            let mut tokens = Derived::new(secrets, version, "session-successor", &of)?;
            Some(SessionToken::generate(&mut tokens))
        })
        .collect();
    made.into_iter()
}

fn tag_of(secrets: &Secrets, version: u32, body: &str) -> Option<String> {
    let mac = mac(secrets, version, "tag", &[body])?;
    let (tag, _) = mac.split_at_checked(TAG_BYTES)?;
    Some(Base64UrlUnpadded::encode_string(tag))
}

/// HMAC-SHA256 over a label and texts, each with its length before it, so that no two lists of texts
/// give the same bytes.
fn mac(
    secrets: &Secrets,
    version: u32,
    label: &str,
    texts: &[&str],
) -> Option<Zeroizing<[u8; 32]>> {
    let key = secrets.derive_key(version, Purpose::Rotation)?;
    let mut block = Key::<Hmac<Sha256>>::default();
    for (to, from) in block.iter_mut().zip(key.iter()) {
        *to = *from;
    }
    let mut mac = Hmac::<Sha256>::new(&block);
    for text in core::iter::once(&label).chain(texts) {
        mac.update(&u64::try_from(text.len()).ok()?.to_be_bytes());
        mac.update(text.as_bytes());
    }
    Some(Zeroizing::new(mac.finalize().into_bytes().into()))
}

/// Bytes that follow from the server's secret and some texts, for whoever has both: SHA-256 HMACs over
/// a counter, under a key that is an HMAC over the texts (the construction of RFC 5869 section 2.3).
struct Derived {
    key: Zeroizing<[u8; 32]>,
    counter: u64,
}

impl Derived {
    fn new(secrets: &Secrets, version: u32, label: &str, texts: &[&str]) -> Option<Self> {
        Some(Self {
            key: mac(secrets, version, label, texts)?,
            counter: 0,
        })
    }
}

impl Entropy for Derived {
    fn fill(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let mut block = Key::<Hmac<Sha256>>::default();
            for (to, from) in block.iter_mut().zip(self.key.iter()) {
                *to = *from;
            }
            let mut mac = Hmac::<Sha256>::new(&block);
            mac.update(&self.counter.to_be_bytes());
            self.counter = self.counter.wrapping_add(1);
            let made: Zeroizing<[u8; 32]> = Zeroizing::new(mac.finalize().into_bytes().into());
            for (to, from) in chunk.iter_mut().zip(made.iter()) {
                *to = *from;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededEntropy;

    const OLD: &str = "1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const BOTH: &str = "2:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const NEW: &str = "2:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    const ID: &str = "0123456789abcdefghijklmnopqrstuv";

    fn secrets(text: &str) -> Secrets {
        Secrets::parse(text).unwrap()
    }

    fn token(generation: i64) -> RefreshToken {
        RefreshToken::generate(&secrets(OLD), ID, generation, &mut SeededEntropy::new(5))
    }

    #[test]
    fn a_token_is_read_back_whole_and_is_known_as_ours() {
        for generation in [0, 1, 9_999_999_999] {
            let made = token(generation);
            let read = RefreshToken::parse(made.expose()).unwrap();
            assert_eq!((read.session_id(), read.generation()), (ID, generation));
            assert_eq!(read.hash(), made.hash());
            assert!(read.is_ours(&secrets(OLD)));
        }
    }

    #[test]
    fn a_token_with_one_character_changed_is_malformed_or_not_ours() {
        let made = token(7);
        let secrets = secrets(OLD);
        for at in 0..made.expose().len() {
            for other in ['a', 'B', '0', '.', '_', '-'] {
                let mut text: Vec<char> = made.expose().chars().collect();
                if text[at] == other {
                    continue;
                }
                text[at] = other;
                let text: String = text.into_iter().collect();
                let is_ours = RefreshToken::parse(&text).is_ok_and(|read| read.is_ours(&secrets));
                assert!(!is_ours, "{text}");
            }
        }
    }

    #[test]
    fn text_of_another_form_is_refused() {
        let made = token(7);
        let good = made.expose();
        for text in [
            "",
            "prt_",
            good.strip_prefix("prt_").unwrap(),
            good.strip_suffix(|_: char| true).unwrap(),
            &format!("{good}A"),
            &format!("{good}.A"),
            &good.replace(".7.", ".07."),
            &good.replace(".7.", ".."),
            &good.replace(".7.", ".-7."),
            &good.replace(".7.", ".12345678901."),
            &good.replace(ID, ID.strip_prefix(|_: char| true).unwrap()),
        ] {
            assert_eq!(
                RefreshToken::parse(text).unwrap_err(),
                RefreshTokenError,
                "{text}"
            );
        }
    }

    #[test]
    fn a_token_has_one_successor_and_it_has_the_next_generation() {
        let secrets = secrets(OLD);
        let (next, session) = token(7).successors(&secrets).next().unwrap();
        let (again, same) = token(7).successors(&secrets).next().unwrap();
        assert_eq!((next.expose(), session), (again.expose(), same));
        assert_eq!((next.session_id(), next.generation()), (ID, 8));
        assert!(next.is_ours(&secrets));
        let (third, _) = next.successors(&secrets).next().unwrap();
        assert_ne!(
            third.expose().split('.').nth(2),
            next.expose().split('.').nth(2)
        );
    }

    #[test]
    fn the_session_token_tells_nothing_of_the_refresh_token_beside_it() {
        let (next, session) = token(7).successors(&secrets(OLD)).next().unwrap();
        assert!(!next.expose().contains(session.expose()));
        assert!(SessionToken::parse(session.expose()).is_ok());
    }

    #[test]
    fn after_a_new_secret_the_successor_under_the_old_one_is_still_found() {
        let before: Vec<_> = token(7).successors(&secrets(OLD)).collect();
        let after: Vec<_> = token(7).successors(&secrets(BOTH)).collect();
        assert_eq!((before.len(), after.len()), (1, 2));
        assert_eq!(before[0].0.expose(), after[1].0.expose());
        assert_ne!(before[0].0.expose(), after[0].0.expose());
        assert!(token(7).is_ours(&secrets(BOTH)));
        assert!(!token(7).is_ours(&secrets(NEW)));
    }

    #[test]
    fn a_session_token_has_one_successor_for_each_session_and_reason() {
        let first = SessionToken::generate(&mut SeededEntropy::new(1));
        let next = |id: &str, reason: &str| {
            let made = session_successors(&secrets(OLD), &first, id, reason).next();
            made.unwrap().expose().to_owned()
        };
        assert_eq!(next(ID, "epoch 1"), next(ID, "epoch 1"));
        assert_ne!(next(ID, "epoch 1"), next(ID, "epoch 2"));
        assert_ne!(next(ID, "epoch 1"), next("another", "epoch 1"));
        assert_ne!(next(ID, "epoch 1"), first.expose());
    }

    #[test]
    fn debug_hides_the_token() {
        let made = token(7);
        assert!(!format!("{made:?}").contains(made.expose().split('.').nth(2).unwrap()));
    }
}

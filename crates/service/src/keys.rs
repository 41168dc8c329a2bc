//! The signing keys at run time: loaded, kept for a minute, made and rotated when due.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portcullis_core::jose::KeySet;
use portcullis_issue::Entropy;
use portcullis_issue::keyring::{
    GeneratedKey, KeyRecord, KeyState, OpenKeyError, RotationPolicy, RotationStep, Signer,
    UnsignedJwt, jwks_json, plan_rotation,
};
use portcullis_issue::sealed::OpenError;
use portcullis_issue::secret::Secrets;

use crate::host::HostEntropy;
use crate::{App, Error, Fault, Host, RingChange, Store};

/// How long loaded keys are used before they are looked at again.
const RING_MAX_AGE_MS: i64 = 60_000;

/// The ring as loaded at some time.
#[derive(Debug)]
pub struct Ring {
    loaded_at_ms: i64,
    /// Public keys as a JWK Set (RFC 7517 section 5).
    pub jwks: String,
    /// The same keys, ready to verify with.
    pub verifying: KeySet,
    /// Signs with the active key; `None` until there is one.
    pub signer: Option<Signer>,
}

impl Ring {
    /// Signs with the active key.
    ///
    /// # Errors
    /// [`Fault::Keys`]: there is none.
    pub(crate) fn active(&self) -> Result<&Signer, Fault> {
        let signer = self.signer.as_ref();
        signer.ok_or_else(|| Fault::Keys("the store kept no active key".to_owned()))
    }
}

/// Has the host sign what the signer's key is to sign.
///
/// # Errors
/// [`Fault::Keys`]: it didn't.
pub(crate) async fn sign<H: Host>(
    host: &H,
    signer: &Signer,
    unsigned: UnsignedJwt,
) -> Result<String, Fault> {
    let signature = host.sign(signer, unsigned.signing_input()).await;
    let signature = signature.map_err(Fault::Keys)?;
    Ok(unsigned.with_signature(&signature))
}

/// Holds the ring between requests. It holds data alone, never a pending load: a request that is
/// cancelled in the middle of one would take the others with it.
#[derive(Debug, Default)]
pub struct RingCache {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    ring: Option<Arc<Ring>>,
    /// How often the stored keys were known to have changed.
    changes: u64,
}

impl RingCache {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fresh(&self, now_ms: i64) -> Option<Arc<Ring>> {
        let kept = self.lock();
        let ring = kept.ring.as_ref();
        ring.filter(|ring| (0..RING_MAX_AGE_MS).contains(&(now_ms - ring.loaded_at_ms)))
            .cloned()
    }

    /// Lets go of the ring: the stored keys have changed.
    pub(crate) fn forget(&self) {
        let mut kept = self.lock();
        kept.ring = None;
        kept.changes += 1;
    }

    /// What a load takes along, to be told by when the keys change before it is done.
    fn begin(&self) -> u64 {
        self.lock().changes
    }

    fn put(&self, ring: &Arc<Ring>, begun: u64) {
        let mut kept = self.lock();
        // A key that was retired while the load was under way would sign for another minute.
        if kept.changes == begun {
            kept.ring = Some(Arc::clone(ring));
        }
    }
}

/// The public keys, as they are: asking never makes one.
///
/// # Errors
/// Only faults.
pub async fn published<S: Store, H: Host>(app: &App<S, H>) -> Result<Arc<Ring>, Error> {
    let now_ms = app.host.now_ms();
    if let Some(ring) = app.rings.fresh(now_ms) {
        return Ok(ring);
    }
    let begun = app.rings.begin();
    let records = app.store.signing_keys().await?;
    let ring = Arc::new(open_ring(app, &records, now_ms)?);
    // A ring that has no key yet isn't kept: another host may make the first one in this moment,
    // and what it signs has to verify here.
    if ring.signer.is_some() {
        app.rings.put(&ring, begun);
    }
    Ok(ring)
}

/// A ring that can sign: made or rotated first when that is due.
///
/// # Errors
/// Only faults.
pub async fn signing<S: Store, H: Host>(app: &App<S, H>) -> Result<Arc<Ring>, Error> {
    let now_ms = app.host.now_ms();
    if let Some(ring) = app.rings.fresh(now_ms).filter(|ring| ring.signer.is_some()) {
        return Ok(ring);
    }
    let begun = app.rings.begin();
    let records = rotate(app).await?;
    let ring = Arc::new(open_ring(app, &records, now_ms)?);
    app.rings.put(&ring, begun);
    Ok(ring)
}

/// Does what the ring needs by now, which is nothing most of the time, and returns it: keys made,
/// promoted, retired and dropped in their time, and sealed again when the secret has changed.
///
/// # Errors
/// Only faults.
pub async fn rotate<S: Store, H: Host>(app: &App<S, H>) -> Result<Vec<KeyRecord>, Error> {
    let now_secs = now_secs(app.host.now_ms());
    let mut entropy = HostEntropy(&app.host);
    let secrets = &app.settings.secrets;
    let make_key = || app.host.make_key();
    Ok(maintain(&app.store, secrets, &mut entropy, make_key, now_secs).await?)
}

/// As [`rotate`], for a program that has no [`App`]. `make_key` is asked for each key that is due.
///
/// # Errors
/// [`Fault`]: the store's, or a key that doesn't open under the secrets there are, or isn't made.
pub async fn maintain<S, E, M, F>(
    store: &S,
    secrets: &Secrets,
    entropy: &mut E,
    make_key: M,
    now_secs: u64,
) -> Result<Vec<KeyRecord>, Fault>
where
    S: Store,
    E: Entropy + Send,
    M: Fn() -> F + Send,
    F: Future<Output = Result<GeneratedKey, String>> + Send,
{
    let records = store.signing_keys().await.map_err(Fault::Store)?;
    let mut changes = Vec::new();
    for step in plan_rotation(&records, now_secs, &RotationPolicy::default()) {
        changes.push(match due(step, now_secs) {
            Due::Change(change) => change,
            Due::Key(state) => {
                let key = make_key().await.map_err(Fault::Keys)?;
                let record = key.into_record(state, now_secs, secrets, entropy);
                let record = record.map_err(|error| Fault::Keys(error.to_string()))?;
                RingChange::Add(Box::new(record))
            }
        });
    }
    for record in &records {
        changes.extend(reseal(record, secrets, entropy)?);
    }
    if changes.is_empty() {
        return Ok(records);
    }
    let applied = store.change_ring(&changes, now_secs).await;
    applied.map_err(Fault::Store)?;
    // Another host may have been first: what the store says now is what counts.
    store.signing_keys().await.map_err(Fault::Store)
}

/// A change that seals a private part under the newest secret, when it is under an older one.
///
/// A retired key signs no more: one whose secret is gone stays published as it is until its time is
/// over, and what it signed still verifies.
fn reseal(
    record: &KeyRecord,
    secrets: &Secrets,
    entropy: &mut (impl Entropy + ?Sized),
) -> Result<Option<RingChange>, Fault> {
    let kid = record.kid();
    let is_due = record.needs_reseal(secrets);
    if !is_due.map_err(|error| unopened(kid, &error))? {
        return Ok(None);
    }
    match record.clone().reseal(secrets, entropy) {
        Ok(new) => Ok(Some(RingChange::Reseal {
            kid: kid.to_owned(),
            from: record.sealed_private.clone(),
            to: new.sealed_private,
        })),
        Err(_) if matches!(record.state, KeyState::Retired { .. }) => Ok(None),
        Err(error) => Err(unopened(kid, &error)),
    }
}

/// What to do about a key that doesn't open.
fn unopened(kid: &str, error: &OpenError) -> Fault {
    let advice = match error {
        OpenError::UnknownSecretVersion { wanted, .. } => format!(
            "put version {wanted} back into PORTCULLIS_SECRET, behind the newest, until `portcullis \
             keys list` shows no key under it; if it is lost, `portcullis keys retire {kid} --now` \
             gives the key up"
        ),
        OpenError::Tampered | OpenError::Malformed => format!(
            "set PORTCULLIS_SECRET to the secret that it was made under, or give it up with \
             `portcullis keys retire {kid} --now`"
        ),
    };
    Fault::Keys(format!("key `{kid}`: {error}; {advice}"))
}

enum Due {
    Change(RingChange),
    /// A key to make, and to store in this state.
    Key(KeyState),
}

fn due(step: RotationStep, now_secs: u64) -> Due {
    Due::Change(match step {
        RotationStep::CreateActive => {
            return Due::Key(KeyState::Active {
                since_secs: now_secs,
            });
        }
        RotationStep::CreateNext => return Due::Key(KeyState::Next),
        RotationStep::Drop { kid } => RingChange::Drop { kid },
        RotationStep::Promote { next, retire } => RingChange::Promote { next, retire },
        RotationStep::Retire { kid } => RingChange::Retire { kid },
    })
}

fn open_ring<S, H>(app: &App<S, H>, records: &[KeyRecord], now_ms: i64) -> Result<Ring, Fault> {
    let active = records
        .iter()
        .find(|record| matches!(record.state, KeyState::Active { .. }));
    let signer = active
        .map(|record| {
            Signer::open(record, &app.settings.secrets).map_err(|error| match error {
                OpenKeyError::Sealed(error) => unopened(record.kid(), &error),
                other => Fault::Keys(other.to_string()),
            })
        })
        .transpose()?;
    let jwks = jwks_json(records, now_secs(now_ms), &RotationPolicy::default());
    Ok(Ring {
        loaded_at_ms: now_ms,
        verifying: KeySet::parse(jwks.as_bytes())
            .map_err(|error| Fault::Keys(error.to_string()))?,
        jwks,
        signer,
    })
}

fn now_secs(now_ms: i64) -> u64 {
    u64::try_from(now_ms / 1000).unwrap_or(0)
}

//! The signing keys at run time: loaded, kept for a minute, made and rotated when due.

use std::sync::{Arc, Mutex, PoisonError};

use portcullis_core::jose::KeySet;
use portcullis_issue::keyring::{
    GeneratedKey, KeyRecord, KeyState, RotationPolicy, RotationStep, Signer, jwks_json,
    plan_rotation,
};

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

/// Holds the ring between requests. It holds data alone, never a pending load: a request that is
/// cancelled in the middle of one would take the others with it.
#[derive(Debug, Default)]
pub struct RingCache {
    ring: Mutex<Option<Arc<Ring>>>,
}

impl RingCache {
    fn fresh(&self, now_ms: i64) -> Option<Arc<Ring>> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.as_ref()
            .filter(|ring| (0..RING_MAX_AGE_MS).contains(&(now_ms - ring.loaded_at_ms)))
            .cloned()
    }

    fn put(&self, ring: &Arc<Ring>) {
        *self.ring.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(ring));
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
    let records = app.store.signing_keys().await?;
    let ring = Arc::new(open_ring(app, &records, now_ms)?);
    // A ring that has no key yet isn't kept: another host may make the first one in this moment,
    // and what it signs has to verify here.
    if ring.signer.is_some() {
        app.rings.put(&ring);
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
    let records = rotate(app).await?;
    let ring = Arc::new(open_ring(app, &records, now_ms)?);
    app.rings.put(&ring);
    Ok(ring)
}

/// Does what the ring needs by now, which is nothing most of the time, and returns it: keys made,
/// promoted, retired and dropped in their time, and sealed again when the secret has changed.
///
/// # Errors
/// Only faults.
pub async fn rotate<S: Store, H: Host>(app: &App<S, H>) -> Result<Vec<KeyRecord>, Error> {
    let records = app.store.signing_keys().await?;
    let now_secs = now_secs(app.host.now_ms());
    let steps = plan_rotation(&records, now_secs, &RotationPolicy::default());
    let changes = steps
        .into_iter()
        .map(|step| change_for(app, step, now_secs))
        .chain(records.iter().filter_map(|record| reseal(app, record)))
        .collect::<Result<Vec<_>, Fault>>()?;
    if changes.is_empty() {
        return Ok(records);
    }
    app.store.change_ring(&changes, now_secs).await?;
    // Another host may have been first: what the store says now is what counts.
    Ok(app.store.signing_keys().await?)
}

/// A change that seals a private part under the newest secret, when it is under an older one.
fn reseal<S, H: Host>(app: &App<S, H>, record: &KeyRecord) -> Option<Result<RingChange, Fault>> {
    let secrets = &app.settings.secrets;
    match record.needs_reseal(secrets) {
        Ok(false) => None,
        Ok(true) => {
            let mut entropy = HostEntropy(&app.host);
            let sealed = record.clone().reseal(secrets, &mut entropy);
            Some(
                sealed
                    .map_err(|error| Fault::Keys(error.to_string()))
                    .map(|new| RingChange::Reseal {
                        kid: record.kid().to_owned(),
                        from: record.sealed_private.clone(),
                        to: new.sealed_private,
                    }),
            )
        }
        Err(error) => Some(Err(Fault::Keys(error.to_string()))),
    }
}

fn change_for<S: Store, H: Host>(
    app: &App<S, H>,
    step: RotationStep,
    now_secs: u64,
) -> Result<RingChange, Fault> {
    let make = |state| {
        let mut entropy = HostEntropy(&app.host);
        let fault = |error: &dyn core::fmt::Display| Fault::Keys(error.to_string());
        let key = GeneratedKey::generate(&mut entropy).map_err(|error| fault(&error))?;
        key.into_record(state, now_secs, &app.settings.secrets, &mut entropy)
            .map(|record| RingChange::Add(Box::new(record)))
            .map_err(|error| fault(&error))
    };
    Ok(match step {
        RotationStep::CreateActive => make(KeyState::Active {
            since_secs: now_secs,
        })?,
        RotationStep::CreateNext => make(KeyState::Next)?,
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
        .map(|record| Signer::open(record, &app.settings.secrets))
        .transpose()
        .map_err(|error| Fault::Keys(error.to_string()))?;
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

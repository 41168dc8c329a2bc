//! What a host lends to the use cases.

use core::future::Future;

use portcullis_issue::keyring::{GeneratedKey, SIGNATURE_BYTES, Signer};
use portcullis_issue::password::{Job, Outcome};

use crate::in_place;

/// Clock, randomness, room for password hashes, signing keys and signatures, requests to others, and the log.
pub trait Host: Send + Sync {
    /// The time in Unix milliseconds.
    fn now_ms(&self) -> i64;

    /// Fills `out` with bytes from a cryptographic generator.
    fn fill_random(&self, out: &mut [u8]);

    /// Does the work on one password, off the threads that serve requests where there are any, and
    /// never more of it at once than the host has memory for. In place, unless the host says
    /// otherwise.
    ///
    /// Fails with a sentence when the work wasn't done; nobody is let in then.
    fn hash_password(&self, job: Job) -> impl Future<Output = Result<Outcome, String>> + Send {
        async move { Ok(job.run()) }
    }

    /// Makes a P-256 key pair to sign with. In place, from [`fill_random`](Self::fill_random), unless the
    /// host says otherwise.
    ///
    /// Fails with a sentence when there is no key; nothing is stored then.
    fn make_key(&self) -> impl Future<Output = Result<GeneratedKey, String>> + Send {
        async move { in_place::make_key(&mut HostEntropy(self)) }
    }

    /// Signs with the key of `signer` by ES256: r and s, of 32 bytes each (RFC 7518 section 3.4). In
    /// place, unless the host says otherwise.
    ///
    /// Fails with a sentence when nothing was signed; nothing is given out then.
    fn sign(
        &self,
        signer: &Signer,
        message: &[u8],
    ) -> impl Future<Output = Result<[u8; SIGNATURE_BYTES], String>> + Send {
        async move { in_place::sign(signer, message) }
    }

    /// Sends a POST request and answers with the status; redirects aren't followed. Fails with a
    /// sentence when there was no answer within some seconds.
    fn post(&self, request: OutgoingRequest) -> impl Future<Output = Result<u16, String>> + Send;

    /// Writes one line of the log; it holds no secret and no line break.
    fn log(&self, line: &str);
}

/// A request that the server sends by itself.
#[derive(Clone)]
pub struct OutgoingRequest {
    /// Where to, as the operator wrote it.
    pub url: String,
    /// Names and values of headers; printable ASCII.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

impl core::fmt::Debug for OutgoingRequest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // The URL of a webhook may hold a secret.
        f.debug_struct("OutgoingRequest").finish_non_exhaustive()
    }
}

/// A host's randomness in the form that the issuing crate takes.
#[derive(Debug)]
pub(crate) struct HostEntropy<'a, H: ?Sized>(pub(crate) &'a H);

impl<H: Host + ?Sized> portcullis_issue::Entropy for HostEntropy<'_, H> {
    fn fill(&mut self, out: &mut [u8]) {
        self.0.fill_random(out);
    }
}

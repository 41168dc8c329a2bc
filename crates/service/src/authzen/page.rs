//! Pages of searches, and the tokens that lead from one to the next.

use portcullis_issue::sealed;
use portcullis_issue::secret::Purpose;
use serde::{Deserialize, Serialize};

use super::{DEFAULT_RESULTS, MAX_RESULTS, Refused};
use crate::host::HostEntropy;
use crate::{App, Error, Fault, Host};

/// The part of the results that a request asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Paging {
    /// Where to go on, as an answer said it.
    pub token: Option<String>,
    /// Most results; more than [`MAX_RESULTS`] count as that many.
    pub limit: Option<u64>,
}

/// Where a page begins, and how long it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Place {
    /// The key of what was looked at last; empty at the beginning.
    pub(super) after: String,
    pub(super) limit: u32,
}

impl Paging {
    /// Where the page begins. `search` is all that makes one search different from another.
    ///
    /// The token is encrypted, as it may hold the id of something that the caller isn't told of,
    /// and bound to the search: it opens nothing elsewhere. It says where to go on and nothing of
    /// what is allowed: that is decided anew for every page.
    pub(super) fn place<S, H>(&self, app: &App<S, H>, search: &str) -> Result<Place, Error> {
        let max = u64::from(MAX_RESULTS);
        let limit = self.limit.map(|limit| {
            // INVARIANT: at most MAX_RESULTS, which fits.
            u32::try_from(limit.min(max)).unwrap_or(MAX_RESULTS)
        });
        let Some(token) = &self.token else {
            return Ok(Place {
                after: String::new(),
                limit: limit.unwrap_or(DEFAULT_RESULTS),
            });
        };
        let plain = sealed::open(&app.settings.secrets, Purpose::PageToken, search, token)
            .map_err(|_| Refused::PageToken)?;
        let place: Place = serde_json::from_slice(&plain).map_err(|_| Refused::PageToken)?;
        if limit.is_some_and(|limit| limit != place.limit) {
            return Err(Refused::PageLimit.into());
        }
        Ok(place)
    }
}

impl Place {
    /// The token that leads here.
    pub(super) fn token<S, H: Host>(&self, app: &App<S, H>, search: &str) -> Result<String, Error> {
        let plain = serde_json::to_vec(self)
            .map_err(|error| Fault::Keys(format!("page token: {error}")))?;
        let mut entropy = HostEntropy(&app.host);
        let secrets = &app.settings.secrets;
        sealed::seal(secrets, Purpose::PageToken, search, &plain, &mut entropy)
            .map_err(|error| Fault::Keys(format!("page token: {error}")).into())
    }
}

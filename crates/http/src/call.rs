//! Who calls, as a handler's argument: what nobody may ask for is refused before its body is read.

use core::marker::PhantomData;
use std::sync::Arc;

use axum::Extension;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::request::Parts;
use portcullis_service::{App, Caller, Context, Host, Store};

use crate::answer::Refusal;
use crate::{Shared, client};

/// What a use case is given of a request whose caller is known, found in the way `W`.
pub(crate) struct Call<W, S, H>(
    pub(crate) Shared<S, H>,
    pub(crate) Caller,
    pub(crate) Arc<Context>,
    pub(crate) PhantomData<W>,
);

/// Who counts as a caller.
pub(crate) trait Way {
    /// The caller of a request with these headers.
    fn caller<S: Store, H: Host>(
        app: &App<S, H>,
        headers: &HeaderMap,
        context: &Context,
    ) -> impl Future<Output = Result<Caller, Refusal>> + Send;
}

/// As [`client::caller`].
pub(crate) enum Known {}

impl Way for Known {
    async fn caller<S: Store, H: Host>(
        app: &App<S, H>,
        headers: &HeaderMap,
        _: &Context,
    ) -> Result<Caller, Refusal> {
        Ok(client::caller(app, headers).await?)
    }
}

/// As [`client::current_caller`].
pub(crate) enum Current {}

impl Way for Current {
    async fn caller<S: Store, H: Host>(
        app: &App<S, H>,
        headers: &HeaderMap,
        _: &Context,
    ) -> Result<Caller, Refusal> {
        Ok(client::current_caller(app, headers).await?)
    }
}

/// As [`client::session_caller`].
pub(crate) enum BySession {}

impl Way for BySession {
    async fn caller<S: Store, H: Host>(
        app: &App<S, H>,
        headers: &HeaderMap,
        _: &Context,
    ) -> Result<Caller, Refusal> {
        Ok(client::session_caller(app, headers).await?)
    }
}

/// As [`client::guarded_caller`].
pub(crate) enum Guarded {}

impl Way for Guarded {
    async fn caller<S: Store, H: Host>(
        app: &App<S, H>,
        headers: &HeaderMap,
        context: &Context,
    ) -> Result<Caller, Refusal> {
        Ok(client::guarded_caller(app, headers, context).await?)
    }
}

/// As [`client::current_guarded_caller`].
pub(crate) enum CurrentGuarded {}

impl Way for CurrentGuarded {
    async fn caller<S: Store, H: Host>(
        app: &App<S, H>,
        headers: &HeaderMap,
        context: &Context,
    ) -> Result<Caller, Refusal> {
        Ok(client::current_guarded_caller(app, headers, context).await?)
    }
}

impl<W: Way, S: Store, H: Host> FromRequestParts<Shared<S, H>> for Call<W, S, H> {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &Shared<S, H>,
    ) -> Result<Self, Self::Rejection> {
        let context = Extension::<Arc<Context>>::from_request_parts(parts, app).await;
        let Extension(context) = context.map_err(IntoResponse::into_response)?;
        let caller = W::caller(app, &parts.headers, &context).await;
        let caller = caller.map_err(IntoResponse::into_response)?;
        Ok(Self(Arc::clone(app), caller, context, PhantomData))
    }
}

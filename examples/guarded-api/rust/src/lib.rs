//! Notes of teams, behind the access tokens of a Portcullis server: the library decides, in this worker
//! and in the SQL of its own database, and asks the server for nothing but its public keys.

mod answer;
mod caller;
mod d1;
mod notes;
mod policy;

use portcullis_core::time::UnixSecs;
use worker::{Context, Date, Env, Method, Request, Response, Result, event};

use crate::answer::Refusal;
use crate::d1::D1;
use crate::notes::Notes;

/// Answers a request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    match route(request, &env).await {
        Ok(response) => Ok(response),
        Err(refusal) => refusal.into_response(),
    }
}

/// Who calls comes first, for every path.
async fn route(mut request: Request, env: &Env) -> core::result::Result<Response, Refusal> {
    let now = UnixSecs::from_millis(Date::now().as_millis());
    let policy = policy::policy()?;
    let caller = caller::of(&request, env, policy, now).await?;
    let database = D1::new(env.d1("DB")?);
    let notes = Notes::of(&database, policy, &caller, now);
    let path = request.path();
    let parts: Vec<_> = path.split('/').skip(1).collect();
    match (request.method(), parts.as_slice()) {
        (Method::Get, ["notes"]) => notes.list().await,
        (Method::Put, ["notes", id]) => notes.write(id, answer::body(&mut request).await?).await,
        (Method::Patch, ["notes", id]) => notes.change(id, answer::body(&mut request).await?).await,
        (Method::Delete, ["notes", id]) => notes.delete(id).await,
        (Method::Get, ["teams", team, "report"]) => {
            policy::require(policy, &caller, "report:read", team, now)?;
            notes.report(team).await
        }
        _ => Err(Refusal::NotFound),
    }
}

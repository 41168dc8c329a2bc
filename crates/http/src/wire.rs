//! Accounts and sessions as clients see them.

use portcullis_service::audit::to_rfc3339;
use portcullis_service::session::Tokens;
use portcullis_service::{Session, User};
use serde_json::{Value, json};

/// A user, in the members that Better Auth clients know.
pub(crate) fn user(user: &User) -> Value {
    json!({
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "emailVerified": user.email_verified,
        "image": user.image,
        "createdAt": to_rfc3339(user.created_at_ms),
        "updatedAt": to_rfc3339(user.updated_at_ms),
    })
}

/// A session, in the members that Better Auth clients know and some of our own.
///
/// Its `token` is the one that the caller came with as bearer. Else it is a handle, the session's id,
/// which ends the session and signs nobody in: a page can't leak what it never sees.
pub(crate) fn session(session: &Session, bearer: Option<&str>) -> Value {
    let mut value = json!({
        "id": session.id,
        "token": bearer.unwrap_or(&session.id),
        "userId": session.user_id,
        "expiresAt": to_rfc3339(session.expires_at_ms),
        "absoluteExpiresAt": to_rfc3339(session.absolute_expires_at_ms),
        "createdAt": to_rfc3339(session.created_at_ms),
        "updatedAt": to_rfc3339(session.updated_at_ms),
        "lastActiveAt": to_rfc3339(session.last_active_at_ms),
        "authenticatedAt": to_rfc3339(session.authenticated_at_ms),
        "ipAddress": session.ip_address,
        "userAgent": session.user_agent,
        "deviceId": session.device_id,
        "deviceName": session.device_name,
    });
    if let (Some(members), Some(state)) = (value.as_object_mut(), session.refreshable) {
        let ends = to_rfc3339(state.token_expires_at_ms);
        members.insert("tokenExpiresAt".to_owned(), ends.into());
    }
    if let (Some(members), Some(admin)) = (value.as_object_mut(), &session.impersonated_by) {
        members.insert("impersonatedBy".to_owned(), admin.as_str().into());
    }
    value
}

/// Puts the refresh token, when there is one, and when the tokens end into an answer.
pub(crate) fn add_refresh(answer: &mut Value, tokens: &Tokens, session: &Session) {
    let (Some(members), Some(token), Some(state)) =
        (answer.as_object_mut(), &tokens.refresh, session.refreshable)
    else {
        return;
    };
    let ends = to_rfc3339(session.expires_at_ms);
    let token_ends = to_rfc3339(state.token_expires_at_ms);
    members.insert("tokenExpiresAt".to_owned(), token_ends.into());
    members.insert("refreshToken".to_owned(), token.expose().into());
    members.insert("refreshTokenExpiresAt".to_owned(), ends.into());
}

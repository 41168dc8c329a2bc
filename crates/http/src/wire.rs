//! Accounts and sessions as clients see them.

use portcullis_service::audit::to_rfc3339;
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

/// A session, in the members that Better Auth clients know; its token only to one who came with it.
pub(crate) fn session(session: &Session, token: Option<&str>) -> Value {
    let mut value = json!({
        "id": session.id,
        "userId": session.user_id,
        "expiresAt": to_rfc3339(session.expires_at_ms),
        "createdAt": to_rfc3339(session.created_at_ms),
        "updatedAt": to_rfc3339(session.updated_at_ms),
        "ipAddress": session.ip_address,
        "userAgent": session.user_agent,
    });
    if let (Some(members), Some(token)) = (value.as_object_mut(), token) {
        members.insert("token".to_owned(), token.into());
    }
    value
}

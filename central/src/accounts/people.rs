//! Lists of people: searched, by status, a page at a time.

use std::collections::HashMap;

use mongodb::bson::{Document, doc};
use serde::Deserialize;
use utoipa::IntoParams;

use super::store::{Membership, User, UserStatus, membership, user};
use crate::{access::WorkspaceApp, admin::input, error::ApiError};

/// Of a search, in bytes.
const MAX_SEARCH_BYTES: usize = 100;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PeopleParameters {
    /// How many at most.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    /// How many to leave out.
    #[param(value_type = Option<i64>, minimum = 0, maximum = 2147483647)]
    offset: Option<String>,
    /// Part of an address or a name.
    #[param(max_length = 100)]
    q: Option<String>,
    #[param(value_type = Option<UserStatus>)]
    status: Option<String>,
}

/// Users in the order of their addresses, with what they are in the workspace.
pub struct People {
    pub found: Vec<(User, Option<Membership>)>,
    pub limit: i64,
    pub offset: u64,
    pub total: u64,
}

/// The workspace's members, or `everybody` of the installation.
pub async fn list(
    app: &WorkspaceApp,
    parameters: PeopleParameters,
    everybody: bool,
) -> Result<People, ApiError> {
    let (limit, offset) = input::page(parameters.limit, parameters.offset)?;
    let mut filter = Document::new();
    if let Some(status) = parameters.status {
        let known = UserStatus::ALL.into_iter().find(|known| known.as_str() == status);
        let all = UserStatus::ALL.map(UserStatus::as_str).join(", ");
        let known = known.ok_or_else(|| ApiError::field("status", format!("one of {all}")))?;
        filter.insert("status", known.as_str());
    }
    if let Some(q) = parameters.q.filter(|q| !q.is_empty()) {
        if q.len() > MAX_SEARCH_BYTES {
            return Err(ApiError::field("q", format!("at most {MAX_SEARCH_BYTES} bytes")));
        }
        filter.insert("$expr", contains(&q.to_lowercase()));
    }
    let mut members: HashMap<String, Membership> = membership::of_workspace(&app.catalog, &app.workspace_id)
        .await?
        .into_iter()
        .map(|membership| (membership.user_id.clone(), membership))
        .collect();
    if !everybody {
        filter.insert("_id", doc! { "$in": members.keys().collect::<Vec<_>>() });
    }
    let (users, total) = user::page(&app.catalog, filter, limit, offset).await?;
    let found = users.into_iter().map(|user| {
        let membership = members.remove(&user._id);
        (user, membership)
    });
    Ok(People { found: found.collect(), limit, offset, total })
}

/// As text, not as a pattern.
fn contains(text: &str) -> Document {
    let at = |field: &str| doc! { "$indexOfCP": [{ "$toLower": field }, { "$literal": text }] };
    doc! { "$gte": [{ "$max": [at("$email"), at("$name")] }, 0] }
}

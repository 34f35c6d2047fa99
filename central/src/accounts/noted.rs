//! What the audit log says of people: their writes and these entries are one transaction.

use super::{
    shown::{Member, UserShown},
    store::{Membership, User, membership},
};
use crate::{
    access::{Actor, ActorKind},
    app::App,
    audit_log::{Action, Change, Entry},
    catalog::{
        Catalog,
        work::{Refused, Work},
    },
    error::ApiError,
};

pub fn conflict(message: &str) -> ApiError {
    ApiError::Conflict { message: message.to_owned(), details: vec![] }
}

pub async fn commit(catalog: &Catalog, work: &Work) -> Result<(), ApiError> {
    catalog.commit(work).await.map_err(|refused| match refused {
        Refused::Taken { collection: membership::COLLECTION, .. } => conflict("they are a member already"),
        Refused::Taken { .. } | Refused::Stale { .. } | Refused::Gone { .. } => {
            conflict("somebody else changed it meanwhile")
        }
        Refused::Mongo(error) => error.into(),
    })
}

pub fn of_member(action: Action, before: Option<&Member>, after: Option<&Member>) -> Change {
    let of = |field: fn(&Member) -> &String| after.or(before).map(field).cloned().unwrap_or_default();
    let shown = |member: Option<&Member>| member.and_then(|member| serde_json::to_value(member).ok());
    Change {
        action,
        resource: "members",
        id: of(|member| &member.id),
        name: of(|member| &member.email),
        what: None,
        before: shown(before),
        after: shown(after),
    }
}

pub fn of_user(before: &UserShown, after: &UserShown, what: &str) -> Change {
    Change {
        action: Action::Done,
        resource: "users",
        id: after.id.clone(),
        name: after.email.clone(),
        what: Some(what.to_owned()),
        before: serde_json::to_value(before).ok(),
        after: serde_json::to_value(after).ok(),
    }
}

/// What somebody did with an account or a session of their own; of the installation.
pub fn of_oneself(actor: &Actor, what: &str) -> Entry {
    let change = Change {
        action: Action::Done,
        resource: "users",
        id: actor.id.clone(),
        name: actor.name.clone(),
        what: Some(what.to_owned()),
        before: None,
        after: None,
    };
    Entry::new(actor, None, change)
}

pub fn themselves(user: &User) -> Actor {
    Actor { kind: ActorKind::User, id: user._id.clone(), name: user.email.clone() }
}

/// What concerns all workspaces stands in the log of each that the user is in, and in the installation's.
pub fn everywhere(
    app: &App,
    work: &mut Work,
    actor: &Actor,
    (before, after): (&User, &User),
    (memberships, what): (&[Membership], &str),
) {
    for place in memberships.iter().map(Some).chain([None]) {
        let shown = |user: &User| UserShown::of(app, user, place);
        let change = of_user(&shown(before), &shown(after), what);
        work.record(Entry::new(actor, place.map(|membership| &*membership.workspace_id), change));
    }
}
